// Adaptive pooling: as many windows as y has pixels, as evenly as they go; they may overlap.
//
// y[c, i, j] = mean or maximum of x[c, u, v] for u from floor(i * H / h) to ceil((i + 1) * H / h),
//   and v in the same way
//
// Layout: x and y in channel quads.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;
// the maximum, else the mean
override MAXIMUM: bool = false;

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
  let y_size = vec2u(params.y_height, params.y_width);
  let place = place_at(index, params.y_quads, y_size.x * y_size.y);
  let cell = vec2u(place.pixel / y_size.y, place.pixel % y_size.y);
  let x_size = vec2u(params.x_height, params.x_width);
  let whole = x_size / y_size;
  let rest = x_size % y_size;
  // cell * x_size could pass 2^32.
  let first = cell * whole + cell * rest / y_size;
  let end = (cell + 1u) * whole + ((cell + 1u) * rest + y_size - 1u) / y_size;
  let x_quad = params.x + place.image * params.x_image + place.quad * x_size.x * x_size.y;

  hold_x(place);
  // WGSL has no infinity: the least f32 stands for it.
  var result = select(vec4f(0.0), vec4f(-3.4028234663852886e38), MAXIMUM);
  for (var row = first.x; row < end.x; row++) {
    for (var column = first.y; column < end.y; column++) {
      let pixel = row * x_size.y + column;
      let value = load_x(load(x_quad + pixel), Place(place.image, place.quad, pixel));
      result = select(result + value, max(result, value), MAXIMUM);
    }
  }
  let taps = (end - first).x * (end - first).y;
  let divisor = select(f32(taps), 1.0, MAXIMUM);
  store(
    params.y + place.image * params.y_image + place.quad * y_size.x * y_size.y + place.pixel,
    store_y(result / divisor, place),
  );
}
