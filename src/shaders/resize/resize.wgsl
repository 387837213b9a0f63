// Resize, nearest or bilinear: the mean of two rows and two columns of x.
//
// y[c, i, j] = mix(mix(x[low i, low j], x[low i, high j], fraction j),
//                  mix(x[high i, low j], x[high i, high j], fraction j), fraction i)
//
// Layout: x and y in channel quads; for each row and for each column of y a constant
// vec4(low % 2048, low / 2048, high - low, fraction): an f16 holds whole numbers up to 2048. Nearest
// has fraction 0 and reads one pixel.
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
  let low = whole(row.xy);
  var value = mix_columns(place, low, column);
  if (row.w > 0.0) {
    value = mix(value, mix_columns(place, low + u32(row.z), column), row.w);
  }
  store(
    params.y + place.image * params.y_image + place.quad * params.y_area + place.pixel,
    store_y(value, place),
  );
}

fn mix_columns(place: Place, row: u32, column: vec4f) -> vec4f {
  let at = row * params.x_width + whole(column.xy);
  let low = pixel_of(place, at);
  if (column.w > 0.0) {
    return mix(low, pixel_of(place, at + u32(column.z)), column.w);
  }
  return low;
}

fn whole(parts: vec2f) -> u32 {
  return u32(parts.x) + 2048u * u32(parts.y);
}

fn pixel_of(place: Place, pixel: u32) -> vec4f {
  let index = params.x + place.image * params.x_image + place.quad * params.x_area + pixel;
  return load_x(load(index), Place(place.image, place.quad, pixel));
}
