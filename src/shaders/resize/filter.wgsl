// Resize by lists of taps: cubic, antialiased, of a crop.
//
// y[c, i, j] = the sum over the taps u of row i and v of column j of
//              weight u * weight v * x[c, pixel u, pixel v], or `value` where either has no taps
//
// Layout: x and y in channel quads; the rows of y as constants vec4(first tap, number of taps, 0, 0),
// then their taps vec4(pixel, weight, 0, 0), counted from the first row; columns likewise.
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
  var sum = vec4f(select(0.0, params.value, row.y * column.y == 0.0));
  for (var u = 0u; u < u32(row.y); u++) {
    let tap = load_weight(params.rows + u32(row.x) + u);
    sum += tap.y * sum_columns(place, u32(tap.x), u32(column.x), u32(column.y));
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
    let pixel = row * params.x_width + u32(tap.x);
    sum += tap.y * load_x(load(plane + pixel), Place(place.image, place.quad, pixel));
  }
  return sum;
}
