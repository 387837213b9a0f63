// Moves every channel by a direction of its own, in turn.
//
// y[c, i, j] = x[c, i + dilation * (c / KERNEL % KERNEL - KERNEL / 2), j + dilation * (c % KERNEL - KERNEL / 2)],
// 0 outside; channels from `moved` on stay where they are
//
// Layout: x and y in channel quads.
// Dispatch: flat over images, quads and pixels; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;
override KERNEL: u32 = 3;
override DILATION: i32 = 1;

struct Params {
  x: u32,
  x_image: u32,
  y: u32,
  y_image: u32,
  quads: u32,
  height: u32,
  width: u32,
  // channels in whole turns of the directions
  moved: u32,
  // images * quads * pixels
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
  let place = place_at(index, params.quads, params.height * params.width);
  let plane = place.quad * params.height * params.width;
  let x = params.x + place.image * params.x_image + plane;
  let value = vec4f(
    moved_lane(x, place, 0u),
    moved_lane(x, place, 1u),
    moved_lane(x, place, 2u),
    moved_lane(x, place, 3u),
  );
  store(params.y + place.image * params.y_image + plane + place.pixel, store_y(value, place));
}

fn moved_lane(x: u32, place: Place, lane: u32) -> f32 {
  let channel = place.quad * 4u + lane;
  let centre = vec2u(KERNEL / 2u);
  let turn = vec2u(channel / KERNEL % KERNEL, channel % KERNEL);
  let step = vec2i(select(centre, turn, channel < params.moved)) - vec2i(centre);
  // What is negative wraps to a large u32.
  let row = place.pixel / params.width + u32(step.x * DILATION);
  let column = place.pixel % params.width + u32(step.y * DILATION);
  let inside = (row < params.height) & (column < params.width);
  let pixel = select(0u, row * params.width + column, inside);
  return select(0.0, load(x + pixel)[lane], inside);
}
