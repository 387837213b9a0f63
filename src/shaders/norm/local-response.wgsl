// Local response normalisation: by the channels beside each channel.
//
// y[c] = x[c] / (bias + alpha * sum over d from c - before to c + after of x[d]^2)^beta
//
// Layout: x and y in channel quads.
// Dispatch: flat over images, quads and pixels; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;
override BEFORE: i32 = 2;
override AFTER: i32 = 2;
override ALPHA: f32 = 2e-5;
override BETA: f32 = 0.75;
override BIAS: f32 = 1.0;

struct Params {
  x: u32,
  x_image: u32,
  y: u32,
  y_image: u32,
  channels: i32,
  quads: u32,
  area: u32,
  // images * quads * pixels
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
  let place = place_at(index, params.quads, params.area);
  let first = i32(place.quad * 4u);
  // The first and last channel of the window of each lane.
  let low = first + vec4i(0, 1, 2, 3) - BEFORE;
  let high = first + vec4i(0, 1, 2, 3) + AFTER;

  var sum = vec4f(0.0);
  let last_quad = min(first + 3 + AFTER, params.channels - 1) / 4;
  for (var quad = max(first - BEFORE, 0) / 4; quad <= last_quad; quad++) {
    let value = quad_of(u32(quad), place);
    for (var lane = 0; lane < 4; lane++) {
      let channel = quad * 4 + lane;
      let counts = (low <= vec4i(channel)) & (vec4i(channel) <= high);
      let inside = counts & vec4<bool>(channel < params.channels);
      sum += select(vec4f(0.0), vec4f(value[lane] * value[lane]), inside);
    }
  }
  let value = quad_of(place.quad, place);
  let divisor = pow(vec4f(BIAS) + ALPHA * sum, vec4f(BETA));
  // The lanes beyond the last channel may have an empty window, and a bias of 0.
  let used = first + vec4i(0, 1, 2, 3) < vec4i(params.channels);
  store(
    params.y + place.image * params.y_image + place.quad * params.area + place.pixel,
    store_y(select(vec4f(0.0), value / divisor, used), place),
  );
}

fn quad_of(quad: u32, place: Place) -> vec4f {
  let value = load(params.x + place.image * params.x_image + quad * params.area + place.pixel);
  return load_x(value, Place(place.image, quad, place.pixel));
}
