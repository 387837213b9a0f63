// Matrix product of flat tensors, with broadcast batch axes.
//
// y[..., m, p] = sum over k of a[..., m, k] * b[..., k, p]
//
// Layout: a, b and y flat and row-major; up to 4 batch axes, the innermost last.
// Dispatch: flat over the elements of y; an invocation computes one.

//#import shared/memory-flat
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  a: u32,
  b: u32,
  y: u32,
  rows: u32,
  depth: u32,
  columns: u32,
  count: u32,
  grid_width: u32,
  // sizes of the batch axes of y
  d0: u32,
  d1: u32,
  d2: u32,
  d3: u32,
  // strides of a and b along them; 0 where they have size 1
  a0: u32,
  a1: u32,
  a2: u32,
  a3: u32,
  b0: u32,
  b1: u32,
  b2: u32,
  b3: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let row = index / params.columns;
  var walk = Walk(row / params.rows, params.a, params.b);
  walk = walk_axis(walk, params.d3, params.a3, params.b3);
  walk = walk_axis(walk, params.d2, params.a2, params.b2);
  walk = walk_axis(walk, params.d1, params.a1, params.b1);
  walk = walk_axis(walk, params.d0, params.a0, params.b0);

  let a = walk.a + row % params.rows * params.depth;
  let b = walk.b + index % params.columns;
  var sum = 0.0;
  for (var k = 0u; k < params.depth; k++) {
    sum += load_element(a + k) * load_element(b + k * params.columns);
  }
  store_element(params.y + index, sum);
}

struct Walk {
  // the index over the axes that are still to come
  rest: u32,
  a: u32,
  b: u32,
}

fn walk_axis(walk: Walk, size: u32, a_stride: u32, b_stride: u32) -> Walk {
  let i = walk.rest % size;
  return Walk(walk.rest / size, walk.a + i * a_stride, walk.b + i * b_stride);
}
