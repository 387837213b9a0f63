// Puts channels into other lanes, in any order.
//
// y[n, c, p] = x[n, channels[c], p]
//
// Layout: x and y in channel quads; for each quad of y two constants: the channels of x for its four
// lanes modulo 2048, and divided by that, since an f16 holds whole numbers up to 2048.
// Dispatch: (pixels / WORKGROUP, quads of y, images); an invocation writes one quad of one pixel.

//#import shared/memory
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation

override WORKGROUP: u32 = 64;

struct Params {
  // x and y in vec4s
  x: u32,
  x_image: u32,
  y: u32,
  y_image: u32,
  area: u32,
  channels: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let pixel = grid.x * WORKGROUP + at.local;
  if (pixel >= params.area) {
    return;
  }
  let entry = params.channels + 2u * grid.y;
  let channels = vec4u(load_weight(entry)) + 2048u * vec4u(load_weight(entry + 1u));
  store(
    params.y + grid.z * params.y_image + grid.y * params.area + pixel,
    vec4f(
      channel_at(grid.z, channels.x, pixel),
      channel_at(grid.z, channels.y, pixel),
      channel_at(grid.z, channels.z, pixel),
      channel_at(grid.z, channels.w, pixel),
    ),
  );
}

fn channel_at(image: u32, channel: u32, pixel: u32) -> f32 {
  let quad = quad_of_x(params.x, params.x_image, image, channel / 4u, params.area);
  return load(quad + pixel)[channel % 4u];
}
