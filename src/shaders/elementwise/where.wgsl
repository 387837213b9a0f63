// A choice between two tensors, element by element.
//
// y[n, c, p] = condition[n, c, p] != 0 ? a[n, c, p] : b[n, c, p], all broadcast to y
//
// Layout: condition, a, b and y in channel quads; each of the first three may be a constant.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;
const CONDITION_FROM_WEIGHTS = false;
const A_FROM_WEIGHTS = false;
const B_FROM_WEIGHTS = false;

struct Params {
  condition: u32,
  // vec4s from one image, quad or pixel to the next; 0 where the operand has size 1
  condition_image: u32,
  condition_quad: u32,
  condition_pixel: u32,
  // 1: the operand has one channel, in lane 0, which serves all four
  condition_splat: u32,
  a: u32,
  a_image: u32,
  a_quad: u32,
  a_pixel: u32,
  a_splat: u32,
  b: u32,
  b_image: u32,
  b_quad: u32,
  b_pixel: u32,
  b_splat: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  y_area: u32,
  // images * quads * pixels of y
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let place = place_at(index, params.y_quads, params.y_area);
  let condition = quad_of(
    params.condition + place.image * params.condition_image
      + place.quad * params.condition_quad + place.pixel * params.condition_pixel,
    params.condition_splat,
    CONDITION_FROM_WEIGHTS,
  );
  let a = quad_of(
    params.a + place.image * params.a_image + place.quad * params.a_quad
      + place.pixel * params.a_pixel,
    params.a_splat,
    A_FROM_WEIGHTS,
  );
  let b = quad_of(
    params.b + place.image * params.b_image + place.quad * params.b_quad
      + place.pixel * params.b_pixel,
    params.b_splat,
    B_FROM_WEIGHTS,
  );
  store(
    params.y + place.image * params.y_image + place.quad * params.y_area + place.pixel,
    store_y(select(b, a, condition != vec4f(0.0)), place),
  );
}

fn quad_of(index: u32, splat: u32, from_weights: bool) -> vec4f {
  var quad: vec4f;
  if (from_weights) {
    quad = load_weight(index);
  } else {
    quad = load(index);
  }
  return select(quad, quad.xxxx, splat == 1u);
}
