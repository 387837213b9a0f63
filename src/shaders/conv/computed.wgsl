// Convolution, plain or transposed, whose weights are computed during the run: any groups, strides,
// dilations and paddings.
//
// y[o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] * x[first(o) + c, row(i, u), column(j, v)]
// row(i, u) = (i * scale_h + start_h + u * step_h) / divisor_h; taps that leave a rest are left out
//
// Layout: x and y in channel quads; weight and bias row-major in the arena, the weight of output o of a
// group and input c at group * weight_group + o * weight_out + c * weight_in, its taps side by side.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  x: u32,
  x_image: u32,
  x_height: i32,
  x_width: i32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  y_channels: u32,
  y_height: u32,
  y_width: u32,
  group_in: u32,
  group_out: u32,
  // in f32s
  weight: u32,
  weight_group: u32,
  weight_out: u32,
  weight_in: u32,
  bias: u32,
  has_bias: u32,
  kernel_h: i32,
  kernel_w: i32,
  scale_h: i32,
  scale_w: i32,
  start_h: i32,
  start_w: i32,
  step_h: i32,
  step_w: i32,
  divisor_h: i32,
  divisor_w: i32,
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
  let y_area = params.y_height * params.y_width;
  let place = place_at(index, params.y_quads, y_area);
  let top = i32(place.pixel / params.y_width) * params.scale_h + params.start_h;
  let left = i32(place.pixel % params.y_width) * params.scale_w + params.start_w;

  // Lanes beyond the last channel repeat it.
  let channel = min(place.quad * 4u + vec4u(0u, 1u, 2u, 3u), vec4u(params.y_channels - 1u));
  let group = channel / params.group_out;
  let first = group * params.group_in;
  let weight = params.weight + group * params.weight_group
    + channel % params.group_out * params.weight_out;

  var acc = vec4f(0.0);
  if (params.has_bias == 1u) {
    acc = elements(params.bias + channel);
  }
  for (var u = 0; u < params.kernel_h; u++) {
    let row = top + u * params.step_h;
    if (row < 0 || row % params.divisor_h != 0 || row / params.divisor_h >= params.x_height) {
      continue;
    }
    for (var v = 0; v < params.kernel_w; v++) {
      let column = left + v * params.step_w;
      if (column < 0 || column % params.divisor_w != 0 || column / params.divisor_w >= params.x_width) {
        continue;
      }
      let pixel = u32(row / params.divisor_h * params.x_width + column / params.divisor_w);
      let tap = u32(u * params.kernel_w + v);
      for (var c = 0u; c < params.group_in; c++) {
        acc += elements(weight + c * params.weight_in + tap) * gather(place.image, first + c, pixel);
      }
    }
  }
  store(params.y + place.image * params.y_image + place.quad * y_area + place.pixel, store_y(acc, place));
}

// Four numbers of the arena.
fn elements(index: vec4u) -> vec4f {
  return vec4f(element(index.x), element(index.y), element(index.z), element(index.w));
}

fn element(index: u32) -> f32 {
  return load(index / 4u)[index % 4u];
}

// One input channel for each output lane.
fn gather(image: u32, channel: vec4u, pixel: u32) -> vec4f {
  return vec4f(
    channel_of(image, channel.x, pixel),
    channel_of(image, channel.y, pixel),
    channel_of(image, channel.z, pixel),
    channel_of(image, channel.w, pixel),
  );
}

fn channel_of(image: u32, channel: u32, pixel: u32) -> f32 {
  let plane = channel / 4u * u32(params.x_height * params.x_width);
  return load(params.x + image * params.x_image + plane + pixel)[channel % 4u];
}
