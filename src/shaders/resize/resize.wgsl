// Resize, nearest or bilinear: the mean of two rows and two columns of x.
//
// y[c, i, j] = mix(mix(x[low i, low j], x[low i, high j], fraction j),
//                  mix(x[high i, low j], x[high i, high j], fraction j), fraction i)
//
// Layout: x and y in channel quads; for each row and for each column of y a constant
// vec4(low, high, fraction, 0). Nearest has fraction 0 and reads one pixel.
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
  var value = mix_columns(place, row.x, column);
  if (row.z > 0.0) {
    value = mix(value, mix_columns(place, row.y, column), row.z);
  }
  store(
    params.y + place.image * params.y_image + place.quad * params.y_area + place.pixel,
    store_y(value, place),
  );
}

fn mix_columns(place: Place, row: f32, column: vec4f) -> vec4f {
  let low = pixel_of(place, row, column.x);
  if (column.z > 0.0) {
    return mix(low, pixel_of(place, row, column.y), column.z);
  }
  return low;
}

fn pixel_of(place: Place, row: f32, column: f32) -> vec4f {
  let pixel = u32(row) * params.x_width + u32(column);
  let index = params.x + place.image * params.x_image + place.quad * params.x_area + pixel;
  return load_x(load(index), Place(place.image, place.quad, pixel));
}
