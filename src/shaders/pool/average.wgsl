// Average pooling.
//
// y[c, i, j] = sum over u, v of x[c, i * stride - top + u, j * stride - left + v] / divisor
//
// The divisor is the number of taps that lie in x or, with COUNT_INCLUDE_PAD, in x and its padding:
// in ceil mode the last window reaches beyond the padding too.
//
// Layout: x and y in channel quads.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;
override KERNEL_H: u32 = 2;
override KERNEL_W: u32 = 2;
override STRIDE_H: u32 = 2;
override STRIDE_W: u32 = 2;
override COUNT_INCLUDE_PAD: bool = false;

struct Params {
  x: u32,
  x_image: u32,
  x_height: u32,
  x_width: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  y_height: u32,
  y_width: u32,
  pad_top: i32,
  pad_left: i32,
  pad_bottom: i32,
  pad_right: i32,
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
  let y_area = params.y_height * params.y_width;
  let place = place_at(index, params.y_quads, y_area);
  let x_size = vec2i(i32(params.x_height), i32(params.x_width));
  let first = vec2i(
    i32(place.pixel / params.y_width * STRIDE_H) - params.pad_top,
    i32(place.pixel % params.y_width * STRIDE_W) - params.pad_left,
  );
  let end = first + vec2i(i32(KERNEL_H), i32(KERNEL_W));
  let inside_first = max(first, vec2i(0));
  let inside_end = min(end, x_size);
  let x_quad = params.x + place.image * params.x_image
    + place.quad * params.x_height * params.x_width;

  var sum = vec4f(0.0);
  for (var row = inside_first.x; row < inside_end.x; row++) {
    for (var column = inside_first.y; column < inside_end.y; column++) {
      let pixel = u32(row) * params.x_width + u32(column);
      sum += load_x(load(x_quad + pixel), Place(place.image, place.quad, pixel));
    }
  }

  let padded_end = min(end, x_size + vec2i(params.pad_bottom, params.pad_right));
  let taps = select(inside_end - inside_first, padded_end - first, COUNT_INCLUDE_PAD);
  store(
    params.y + place.image * params.y_image + place.quad * y_area + place.pixel,
    store_y(sum / f32(taps.x * taps.y), place),
  );
}
