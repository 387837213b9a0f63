// Scalars in any order of the axes to channel quads, with zeros in the unused lanes.
//
// y[n, c, i, j] = x[n * image + c * channel + i * row + j * column]
//
// Layout: x flat, walked by strides; y in channel quads, written as scalars.
// Dispatch: flat over images, quads and pixels of y; an invocation writes 4 elements.

//#import shared/memory-flat
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  // x in f32s, y in vec4s
  x: u32,
  x_image: u32,
  x_channel: u32,
  x_row: u32,
  x_column: u32,
  y: u32,
  y_image: u32,
  channels: u32,
  quads: u32,
  area: u32,
  width: u32,
  // images * quads * pixels of y
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
  let y = 4u * (params.y + place.image * params.y_image + place.quad * params.area + place.pixel);
  let x = params.x + place.image * params.x_image
    + place.pixel / params.width * params.x_row
    + place.pixel % params.width * params.x_column;
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = place.quad * 4u + lane;
    var value = 0.0;
    if (channel < params.channels) {
      value = load_element(x + channel * params.x_channel);
    }
    store_element(y + lane, value);
  }
}
