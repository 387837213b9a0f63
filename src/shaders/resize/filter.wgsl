// Resize by lists of taps: cubic, antialiased, of a crop.
//
// y[c, i, j] = the sum over the taps u of row i and v of column j of
//              weight u * weight v * x[c, pixel u, pixel v], or `value` where either has no taps
//
// Layout: x and y in channel quads; the rows of y as constants vec4(first tap, number of taps), each
// as (n % 2048, n / 2048), since an f16 holds whole numbers up to 2048; then their taps
// vec4(pixel % 2048, pixel / 2048, weight, 0), counted from the first row; columns likewise.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

//#import shared/memory
//#import shared/flat-place
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  x: u32,
  x_image: u32,
  x_area: u32,
  x_width: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  y_area: u32,
  y_width: u32,
  rows: u32,
  columns: u32,
  value: f32,
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
  let place = place_at(index, params.y_quads, params.y_area);
  let row = load_weight(params.rows + place.pixel / params.y_width);
  let column = load_weight(params.columns + place.pixel % params.y_width);
  let counts = vec2u(whole(row.zw), whole(column.zw));
  var sum = vec4f(select(0.0, params.value, any(counts == vec2u(0u))));
  for (var u = 0u; u < counts.x; u++) {
    let tap = load_weight(params.rows + whole(row.xy) + u);
    sum += tap.z * sum_columns(place, whole(tap.xy), whole(column.xy), counts.y);
  }
  store(
    params.y + place.image * params.y_image + place.quad * params.y_area + place.pixel,
    store_y(sum, place),
  );
}

fn sum_columns(place: Place, row: u32, first: u32, count: u32) -> vec4f {
  let plane = params.x + place.image * params.x_image + place.quad * params.x_area;
  var sum = vec4f(0.0);
  for (var v = 0u; v < count; v++) {
    let tap = load_weight(params.columns + first + v);
    let pixel = row * params.x_width + whole(tap.xy);
    sum += tap.z * load_x(load(plane + pixel), Place(place.image, place.quad, pixel));
  }
  return sum;
}

fn whole(parts: vec2f) -> u32 {
  return u32(parts.x) + 2048u * u32(parts.y);
}
