// Max pooling across channels, as many apart as y has (maxout).
//
// y[q] = max of x[q], x[q + channels of y], x[q + 2 * channels of y], ...
//
// Layout: x and y in channel quads.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  x: u32,
  x_image: u32,
  x_channels: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  y_channels: u32,
  area: u32,
  // images * quads * pixels of y
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let place = place_at(index, params.y_quads, params.area);
  let lanes = vec4u(0u, 1u, 2u, 3u);
  let first = place.quad * 4u;

  // WGSL has no infinity: the least f32 stands for it.
  let least = vec4f(-3.4028234663852886e38);
  var greatest = least;
  for (var channel = first; channel < params.x_channels; channel += params.y_channels) {
    let value = four_channels(channel, place);
    greatest = max(greatest, select(least, value, channel + lanes < vec4u(params.x_channels)));
  }
  // The lanes beyond the last channel of y stay small.
  greatest = select(vec4f(0.0), greatest, first + lanes < vec4u(params.y_channels));
  store(
    params.y + place.image * params.y_image + place.quad * params.area + place.pixel,
    store_y(greatest, place),
  );
}

// The channels from `channel` on, of two quads where it does not begin one.
fn four_channels(channel: u32, place: Place) -> vec4f {
  let low = quad_of(channel / 4u, place);
  let high = quad_of(min(channel / 4u + 1u, (params.x_channels - 1u) / 4u), place);
  switch channel % 4u {
    case 1u: { return vec4f(low.yzw, high.x); }
    case 2u: { return vec4f(low.zw, high.xy); }
    case 3u: { return vec4f(low.w, high.xyz); }
    default: { return low; }
  }
}

fn quad_of(quad: u32, place: Place) -> vec4f {
  let value = load(params.x + place.image * params.x_image + quad * params.area + place.pixel);
  return load_x(value, Place(place.image, quad, place.pixel));
}
