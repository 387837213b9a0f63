// Grouped convolution whose groups do not begin on quads: any channels, groups and multiplier.
//
// y[o, i, j] = bias[o] + sum over c < CI, u, v of
//   weight[o, c, u, v] * x[o / CO * CI + c, i * stride - top + u * dilation, ...]
// with CI and CO the input and output channels of a group.
//
// Layout: x and y in channel quads; weights [y quad][c][tap] of vec4, a lane for each output channel.
// Dispatch: (pixels / WORKGROUP, y quads, images); an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/place
//#import shared/grid
//#import shared/invocation

override WORKGROUP: u32 = 64;
override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;

struct Params {
  x: u32,
  x_image: u32,
  x_height: u32,
  x_width: u32,
  y: u32,
  y_image: u32,
  y_channels: u32,
  y_height: u32,
  y_width: u32,
  group_in: u32,
  group_out: u32,
  weight: u32,
  bias: u32,
  pad_top: i32,
  pad_left: i32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let quad = grid.y;
  let pixel = grid.x * WORKGROUP + at.local;
  let area = params.y_height * params.y_width;
  if (pixel >= area) {
    return;
  }
  let top = i32(pixel / params.y_width * STRIDE_H) - params.pad_top;
  let left = i32(pixel % params.y_width * STRIDE_W) - params.pad_left;
  let taps = KERNEL_H * KERNEL_W;

  // The first input channel of each lane's group; lanes beyond the last channel repeat it.
  let channel = min(quad * 4u + vec4u(0u, 1u, 2u, 3u), vec4u(params.y_channels - 1u));
  let first = channel / params.group_out * params.group_in;

  var acc = load_weight(params.bias + quad);
  for (var u = 0u; u < KERNEL_H; u++) {
    let row = top + i32(u * DILATION_H);
    if (row < 0 || row >= i32(params.x_height)) {
      continue;
    }
    for (var v = 0u; v < KERNEL_W; v++) {
      let column = left + i32(v * DILATION_W);
      if (column < 0 || column >= i32(params.x_width)) {
        continue;
      }
      let x_pixel = u32(row) * params.x_width + u32(column);
      for (var c = 0u; c < params.group_in; c++) {
        let index = params.weight + (quad * params.group_in + c) * taps + u * KERNEL_W + v;
        acc += load_weight(index) * gather(image, first + c, x_pixel);
      }
    }
  }
  store(
    params.y + image * params.y_image + quad * area + pixel,
    store_y(acc, Place(image, quad, pixel)),
  );
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
  let quad = channel / 4u;
  let index = params.x + image * params.x_image + quad * params.x_height * params.x_width + pixel;
  return load_x(load(index), Place(image, quad, pixel))[channel % 4u];
}
