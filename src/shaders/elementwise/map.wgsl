// An element-wise function by itself: what it computes is in the stages of its slot.
//
// y[n, c, p] = store_y(x[n, c, p]), with x broadcast to y
//
// Layout: x and y in channel quads.
// Dispatch: (pixels / WORKGROUP, quads, images); an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation

override WORKGROUP: u32 = 64;

struct Params {
  x: u32,
  // vec4s from one image, quad or pixel of x to the next; 0 where x has size 1
  x_image: u32,
  x_quad: u32,
  x_pixel: u32,
  // 1: x has one channel, in lane 0, which serves all four
  splat: u32,
  y: u32,
  y_image: u32,
  area: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let place = Place(grid.z, grid.y, grid.x * WORKGROUP + at.local);
  if (place.pixel >= params.area) {
    return;
  }
  let x = load(
    quad_of_x(params.x, params.x_image, place.image, place.quad, params.x_quad)
      + place.pixel * params.x_pixel,
  );
  let value = select(x, x.xxxx, params.splat == 1u);
  let index = params.y + place.image * params.y_image + place.quad * params.area + place.pixel;
  store(index, store_y(value, place));
}
