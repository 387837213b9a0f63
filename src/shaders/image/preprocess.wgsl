// An image becomes the input of a network: region, resize, letterbox, channel order, normalisation.
//
// y[c, i, j] = (pixel[c] * scale - mean[c]) / std[c], where pixel is sampled from the image inside of
// the target rectangle and is the fill colour outside of it
//
// Bilinear is a triangle filter, one source pixel wide to each side or, with ANTIALIAS, as wide as the
// step from one sample to the next (Pillow, torchvision); taps outside of the image do not count.
//
// Layout: a texture; y in channel quads: one quad of red, green, blue and 0, or grey and zeros.
// Dispatch: flat over the pixels of y.

//#import shared/memory-image
//#import shared/flat-index

override WORKGROUP: u32 = 64;
override NEAREST: bool = false;
override ANTIALIAS: bool = false;
// 0 red, green, blue; 1 blue, green, red; 2 grey
override CHANNELS: u32 = 0;

struct Params {
  image_width: i32,
  image_height: i32,
  // the region of the image, in its pixels
  source_left: f32,
  source_top: f32,
  source_width: f32,
  source_height: f32,
  // where it goes, in pixels of y
  target_left: f32,
  target_top: f32,
  target_width: f32,
  target_height: f32,
  // the colour around it, 0..1
  fill_red: f32,
  fill_green: f32,
  fill_blue: f32,
  scale: f32,
  mean_0: f32,
  mean_1: f32,
  mean_2: f32,
  std_0: f32,
  std_1: f32,
  std_2: f32,
  y: u32,
  y_width: u32,
  // pixels of y
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
  let centre = vec2f(f32(index % params.y_width), f32(index / params.y_width)) + 0.5;
  let target_size = vec2f(params.target_width, params.target_height);
  let within = centre - vec2f(params.target_left, params.target_top);

  var colour = vec3f(params.fill_red, params.fill_green, params.fill_blue);
  if (all(within >= vec2f(0.0)) && all(within < target_size)) {
    let step = vec2f(params.source_width, params.source_height) / target_size;
    colour = sample(vec2f(params.source_left, params.source_top) + within * step, step);
  }
  if (CHANNELS == 1u) {
    colour = colour.bgr;
  } else if (CHANNELS == 2u) {
    // ITU-R BT.601 luma
    colour = vec3f(dot(colour, vec3f(0.299, 0.587, 0.114)));
  }
  let mean = vec3f(params.mean_0, params.mean_1, params.mean_2);
  let deviation = vec3f(params.std_0, params.std_1, params.std_2);
  let value = vec4f((colour * params.scale - mean) / deviation, 0.0);
  let used = vec4u(0u, 1u, 2u, 3u) < vec4u(select(3u, 1u, CHANNELS == 2u));
  store(params.y + index, select(vec4f(0.0), value, used));
}

// The colour at a point of the image; `step` is the distance to the next sample.
fn sample(point: vec2f, step: vec2f) -> vec3f {
  let size = vec2i(params.image_width, params.image_height);
  let position = clamp(point, vec2f(0.0), vec2f(size));
  if (NEAREST) {
    return texel(min(vec2i(floor(position)), size - 1));
  }
  var support = vec2f(1.0);
  if (ANTIALIAS) {
    support = max(support, step);
  }
  let first = max(vec2i(floor(position - support + 0.5)), vec2i(0));
  let end = min(vec2i(floor(position + support + 0.5)), size);
  var sum = vec3f(0.0);
  var total = 0.0;
  for (var row = first.y; row < end.y; row++) {
    let row_weight = max(0.0, 1.0 - abs(f32(row) + 0.5 - position.y) / support.y);
    for (var column = first.x; column < end.x; column++) {
      let distance = abs(f32(column) + 0.5 - position.x) / support.x;
      let weight = row_weight * max(0.0, 1.0 - distance);
      sum += weight * texel(vec2i(column, row));
      total += weight;
    }
  }
  return sum / total;
}

fn texel(at: vec2i) -> vec3f {
  return textureLoad(image, at, 0).rgb;
}
