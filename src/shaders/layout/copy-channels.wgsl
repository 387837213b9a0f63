// Copies channels to any other channels, across the borders of quads.
//
// y[to + k] = x[from + k * step] for k < count
//
// Layout: x and y in channel quads, read and written as scalars: the other lanes of y stay as they
// are, but for those beyond `clear_from`, which become 0.
// Dispatch: flat over images, touched quads of y and pixels.

//#import shared/memory-flat
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  // x and y in vec4s
  x: u32,
  x_image: u32,
  y: u32,
  y_image: u32,
  area: u32,
  // the first touched quad of y, and how many are touched
  first_quad: u32,
  quads: u32,
  from_channel: i32,
  step: i32,
  to_channel: i32,
  channels: i32,
  // from this channel of y on, lanes are cleared
  clear_from: i32,
  // images * touched quads * pixels
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
  let quad = params.first_quad + place.quad;
  let x = params.x + place.image * params.x_image + place.pixel;
  let y = 4u * (params.y + place.image * params.y_image + quad * params.area + place.pixel);
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = i32(quad * 4u + lane);
    let k = channel - params.to_channel;
    if (k >= 0 && k < params.channels) {
      let source = u32(params.from_channel + k * params.step);
      store_element(y + lane, load_element(4u * (x + source / 4u * params.area) + source % 4u));
    } else if (channel >= params.clear_from) {
      store_element(y + lane, 0.0);
    }
  }
}
