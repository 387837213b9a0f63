// Channel quads to scalars, in any order of the axes.
//
// y[n * image + c * channel + i * row + j * column] = x[n, c, i, j]
//
// Layout: x in channel quads, read as scalars; y flat, walked by strides.
// Dispatch: flat over images, quads and pixels of x; an invocation writes up to 4 elements.

//#import shared/memory-flat
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  // x in vec4s, y in f32s
  x: u32,
  x_image: u32,
  channels: u32,
  quads: u32,
  area: u32,
  width: u32,
  y: u32,
  y_image: u32,
  y_channel: u32,
  y_row: u32,
  y_column: u32,
  // images * quads * pixels of x
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let place = place_at(index, params.quads, params.area);
  let x = 4u * (params.x + place.image * params.x_image + place.quad * params.area + place.pixel);
  let y = params.y + place.image * params.y_image
    + place.pixel / params.width * params.y_row
    + place.pixel % params.width * params.y_column;
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = place.quad * 4u + lane;
    if (channel < params.channels) {
      store_element(y + channel * params.y_channel, load_element(x + lane));
    }
  }
}
