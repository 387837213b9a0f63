// Average pooling.
//
// y[c, i, j] = sum over u, v of x[c, i * stride - top + u * dilation, j * stride - left + v * dilation]
//   / divisor
//
// Where no divisor is given it is the number of taps that lie in x or, with COUNT_INCLUDE_PAD, in x
// and its padding: in ceil mode the last window reaches beyond the padding too.
//
// Layout: x and y in channel quads.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/quad-of-x
//#import shared/flat-index

override WORKGROUP: u32 = 64;
override KERNEL_H: u32 = 2;
override KERNEL_W: u32 = 2;
override STRIDE_H: u32 = 2;
override STRIDE_W: u32 = 2;
override DILATION_H: i32 = 1;
override DILATION_W: i32 = 1;
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
  // 0 to divide by the number of taps
  divisor: f32,
  // images * quads * pixels of y
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

//#hold load_x
fn hold_x(place: Place) {}

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
  // Taps from `before` to `after` lie in x.
  let before = taps_before(vec2i(0), first);
  let after = taps_before(x_size, first);
  let x_area = params.x_height * params.x_width;
  let x_quad = quad_of_x(params.x, params.x_image, place.image, place.quad, x_area);

  hold_x(place);
  var sum = vec4f(0.0);
  for (var u = before.x; u < after.x; u++) {
    for (var v = before.y; v < after.y; v++) {
      let tap = first + vec2i(u, v) * vec2i(DILATION_H, DILATION_W);
      let pixel = u32(tap.x) * params.x_width + u32(tap.y);
      sum += load_x(load(x_quad + pixel), Place(place.image, place.quad, pixel));
    }
  }

  let padded_end = taps_before(x_size + vec2i(params.pad_bottom, params.pad_right), first);
  let taps = select(after - before, padded_end, COUNT_INCLUDE_PAD);
  // A window that lies in the padding alone has no taps.
  let count = f32(max(taps.x * taps.y, 1));
  let divisor = select(params.divisor, count, params.divisor == 0.0);
  store(
    params.y + place.image * params.y_image + place.quad * y_area + place.pixel,
    store_y(sum / divisor, place),
  );
}

// Taps of the window at `first` that lie before `end`.
fn taps_before(end: vec2i, first: vec2i) -> vec2i {
  let dilation = vec2i(DILATION_H, DILATION_W);
  let taps = (max(end - first, vec2i(0)) + dilation - 1) / dilation;
  return min(taps, vec2i(i32(KERNEL_H), i32(KERNEL_W)));
}
