// The samples of a deformable convolution: x between pixels, at taps that offsets move.
//
// y[c * TAPS + t, i, j] = mask[g * TAPS + t, i, j] * x[c, i * stride - top + u * dilation + offset[2 * (g *
//   TAPS + t), i, j], j * stride - left + v * dilation + offset[2 * (g * TAPS + t) + 1, i, j]]
// for tap t = u * KERNEL_W + v and the offset group g of c; pixels outside of x are 0
//
// Layout: x, offset, mask and y in channel quads.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;
override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
// 1: there is a mask
override MASKED: u32 = 0;

struct Params {
  x: u32,
  x_image: u32,
  x_height: u32,
  x_width: u32,
  offset: u32,
  offset_image: u32,
  mask: u32,
  mask_image: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  y_channels: u32,
  y_height: u32,
  y_width: u32,
  // channels of x in one offset group
  group_channels: u32,
  pad_top: i32,
  pad_left: i32,
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
  let place = place_at(index, params.y_quads, params.y_height * params.y_width);
  let value = vec4f(sample(place, 0u), sample(place, 1u), sample(place, 2u), sample(place, 3u));
  store(
    params.y + place.image * params.y_image + place.quad * params.y_height * params.y_width + place.pixel,
    store_y(value, place),
  );
}

// One lane of y; those beyond the last channel repeat it.
fn sample(place: Place, lane: u32) -> f32 {
  let taps = KERNEL_H * KERNEL_W;
  let y_channel = min(place.quad * 4u + lane, params.y_channels - 1u);
  let channel = y_channel / taps;
  let tap = y_channel % taps;
  let moved = channel / params.group_channels * taps + tap;
  let offset = params.offset + place.image * params.offset_image;
  let down = at_y(offset, 2u * moved, place.pixel);
  let right = at_y(offset, 2u * moved + 1u, place.pixel);

  // The whole pixels of an offset are added as integers, which keeps its fraction exact.
  let row = i32(place.pixel / params.y_width * STRIDE_H + tap / KERNEL_W * DILATION_H) - params.pad_top
    + whole(down);
  let column = i32(place.pixel % params.y_width * STRIDE_W + tap % KERNEL_W * DILATION_W) - params.pad_left
    + whole(right);
  let part = vec2f(down - floor(down), right - floor(right));
  let plane = params.x + place.image * params.x_image + channel / 4u * params.x_height * params.x_width;
  let above = mix(pixel_of(plane, channel, row, column), pixel_of(plane, channel, row, column + 1), part.y);
  let below = mix(
    pixel_of(plane, channel, row + 1, column),
    pixel_of(plane, channel, row + 1, column + 1),
    part.y,
  );
  var value = mix(above, below, part.x);
  if (MASKED == 1u) {
    value *= at_y(params.mask + place.image * params.mask_image, moved, place.pixel);
  }
  return value;
}

// The integer below; what is far off stays outside of every image.
fn whole(offset: f32) -> i32 {
  return i32(clamp(floor(offset), -1e8, 1e8));
}

// A channel of a tensor with the height and width of y.
fn at_y(start: u32, channel: u32, pixel: u32) -> f32 {
  return load(start + channel / 4u * params.y_height * params.y_width + pixel)[channel % 4u];
}

fn pixel_of(plane: u32, channel: u32, row: i32, column: i32) -> f32 {
  // What is negative wraps to a large u32.
  let inside = (u32(row) < params.x_height) & (u32(column) < params.x_width);
  let pixel = select(0u, u32(row) * params.x_width + u32(column), inside);
  return select(0.0, load(plane + pixel)[channel % 4u], inside);
}
