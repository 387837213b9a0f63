// Padding of any axes with a constant, by reflection (without repeating the border) or with the edge.
//
// y[i] = x[i - before], or beyond the border of x the value, the mirrored or the nearest element
//
// Layout: x and y flat, of up to 6 axes, the innermost last.
// Dispatch: flat over the elements of y.

//#import shared/memory-flat
//#import shared/flat-index

override WORKGROUP: u32 = 64;
// 0 constant, 1 reflect, 2 edge
override MODE: u32 = 0;

struct Params {
  x: i32,
  y: u32,
  value: f32,
  count: u32,
  grid_width: u32,
  // sizes of y
  d0: i32,
  d1: i32,
  d2: i32,
  d3: i32,
  d4: i32,
  d5: i32,
  // sizes of x
  x0: i32,
  x1: i32,
  x2: i32,
  x3: i32,
  x4: i32,
  x5: i32,
  // elements of y before the first of x
  before0: i32,
  before1: i32,
  before2: i32,
  before3: i32,
  before4: i32,
  before5: i32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  var walk = Walk(i32(index), params.x, 1, true);
  walk = walk_axis(walk, params.d5, params.x5, params.before5);
  walk = walk_axis(walk, params.d4, params.x4, params.before4);
  walk = walk_axis(walk, params.d3, params.x3, params.before3);
  walk = walk_axis(walk, params.d2, params.x2, params.before2);
  walk = walk_axis(walk, params.d1, params.x1, params.before1);
  walk = walk_axis(walk, params.d0, params.x0, params.before0);
  var value = params.value;
  if (walk.inside) {
    value = load_element(u32(walk.x));
  }
  store_element(params.y + index, value);
}

struct Walk {
  // the index over the axes that are still to come
  rest: i32,
  x: i32,
  stride: i32,
  inside: bool,
}

fn walk_axis(walk: Walk, y_size: i32, x_size: i32, before: i32) -> Walk {
  let i = walk.rest % y_size - before;
  var source = clamp(i, 0, x_size - 1);
  if (MODE == 1u) {
    source = 2 * source - i;
  }
  let inside = walk.inside && (MODE != 0u || source == i);
  return Walk(walk.rest / y_size, walk.x + source * walk.stride, walk.stride * x_size, inside);
}
