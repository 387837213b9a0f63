// Samples x at the places of a grid: nearest, linear or cubic along each of up to three axes.
//
// y[n, c, p] = sum over the taps of every axis of x[n, c, tap] * the product of their weights; taps beyond
// the border are 0, the nearest or the mirrored element
//
// Layout: x [N, C, depth, height, width], grid [N, places, AXES] (innermost axis first) and y [N, C,
// places] row-major; axes that x does not have are of size 1.
// Dispatch: flat over the elements of y; an invocation computes one.

//#import shared/memory-flat
//#import shared/flat-index

override WORKGROUP: u32 = 64;
override AXES: u32 = 2;
// Along one axis: 1 nearest, 2 linear, 4 cubic.
override TAPS: u32 = 2;
// Beyond the border: 0 zeros, 1 the border, 2 a reflection
override PADDING: u32 = 0;
// 1: the ends of the range are the centres of the outermost elements, not their outer edges
override ALIGN_CORNERS: u32 = 0;

struct Params {
  x: u32,
  grid: u32,
  y: u32,
  channels: u32,
  depth: i32,
  height: i32,
  width: i32,
  places: u32,
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let plane = index / params.places;
  let place = params.grid + (plane / params.channels * params.places + index % params.places) * AXES;
  let x = params.x + plane * u32(params.depth * params.height * params.width);
  let columns = span_at(place, 0u, params.width);
  let rows = span_at(place, 1u, params.height);
  let slices = span_at(place, 2u, params.depth);

  var sum = 0.0;
  for (var i = 0u; i < slices.count; i++) {
    let slice = source(slices.first + i32(i), params.depth);
    for (var j = 0u; j < rows.count; j++) {
      let row = source(rows.first + i32(j), params.height);
      let outer = tap_weight(slices, i) * tap_weight(rows, j);
      for (var k = 0u; k < columns.count; k++) {
        let column = source(columns.first + i32(k), params.width);
        if (slice >= 0 && row >= 0 && column >= 0) {
          let element = (slice * params.height + row) * params.width + column;
          sum += outer * tap_weight(columns, k) * load_element(x + u32(element));
        }
      }
    }
  }
  store_element(params.y + index, sum);
}

// The taps of one axis: their number, the first, and how far the place lies past the one below it.
struct Span {
  count: u32,
  first: i32,
  part: f32,
}

fn span_at(place: u32, axis: u32, size: i32) -> Span {
  if (axis >= AXES) {
    return Span(1u, 0, 0.0);
  }
  let given = load_element(place + axis) + 1.0;
  let centred = given * 0.5 * f32(size - 1);
  let edged = (given * f32(size) - 1.0) * 0.5;
  // Far off, f32 knows no fractions.
  let at = clamp(select(edged, centred, ALIGN_CORNERS == 1u), -8388608.0, 8388608.0);
  if (TAPS == 1u) {
    return Span(1u, i32(round(at)), 0.0);
  }
  let below = floor(at);
  return Span(TAPS, i32(below) - select(0, 1, TAPS == 4u), at - below);
}

fn tap_weight(span: Span, tap: u32) -> f32 {
  if (span.count == 1u) {
    return 1.0;
  }
  if (TAPS == 2u) {
    return select(1.0 - span.part, span.part, tap == 1u);
  }
  // Keys' cubic convolution with a = -0.75.
  let d = abs(span.part + 1.0 - f32(tap));
  return select(((-0.75 * d + 3.75) * d - 6.0) * d + 3.0, (1.25 * d - 2.25) * d * d + 1.0, d <= 1.0);
}

// The element that an index stands for; negative for a zero.
fn source(index: i32, size: i32) -> i32 {
  if (index >= 0 && index < size) {
    return index;
  }
  if (PADDING == 0u) {
    return -1;
  }
  if (PADDING == 1u) {
    return clamp(index, 0, size - 1);
  }
  // Mirrors lie on the outermost elements, or on their outer edges.
  let edge = select(1, 0, ALIGN_CORNERS == 1u);
  let period = max(2 * (size - 1 + edge), 1);
  let turned = (index % period + period) % period;
  return select(period - turned - edge, turned, turned < size);
}
