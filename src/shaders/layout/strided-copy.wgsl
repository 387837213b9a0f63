// Copies elements from one walk through memory to another: transpose, slice with steps, expand, and
// a part of a concat.
//
// y[start + sum over a of i[a] * y stride[a]] = x[start + sum over a of i[a] * x stride[a]]
//
// Layout: x and y flat, of up to 6 axes, the innermost last; strides may be negative or 0.
// Dispatch: flat over the elements.

//#import shared/memory-flat
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  // the first elements, in f32s
  x: i32,
  y: i32,
  count: u32,
  grid_width: u32,
  // sizes of the axes
  d0: i32,
  d1: i32,
  d2: i32,
  d3: i32,
  d4: i32,
  d5: i32,
  // strides of x
  x0: i32,
  x1: i32,
  x2: i32,
  x3: i32,
  x4: i32,
  x5: i32,
  // strides of y
  y0: i32,
  y1: i32,
  y2: i32,
  y3: i32,
  y4: i32,
  y5: i32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  var walk = Walk(i32(index), params.x, params.y);
  walk = walk_axis(walk, params.d5, params.x5, params.y5);
  walk = walk_axis(walk, params.d4, params.x4, params.y4);
  walk = walk_axis(walk, params.d3, params.x3, params.y3);
  walk = walk_axis(walk, params.d2, params.x2, params.y2);
  walk = walk_axis(walk, params.d1, params.x1, params.y1);
  walk = walk_axis(walk, params.d0, params.x0, params.y0);
  store_element(u32(walk.y), load_element(u32(walk.x)));
}

struct Walk {
  // the index over the axes that are still to come
  rest: i32,
  x: i32,
  y: i32,
}

fn walk_axis(walk: Walk, size: i32, x_stride: i32, y_stride: i32) -> Walk {
  let i = walk.rest % size;
  return Walk(walk.rest / size, walk.x + i * x_stride, walk.y + i * y_stride);
}
