// Depthwise convolution, rows dilated by 1: a strip of TILE_W columns walks down the image and keeps
// the KERNEL_H input rows that it needs in registers, so that each is loaded once.
//
// y[c, i, j] = bias[c] + sum over u, v of weight[c, u, v] * x[c, i * stride - top + u, j * stride - left + v * dilation]
//
// Layout: x and y in channel quads; weights [quad][tap] of vec4.
// Dispatch: (quads * strips / WORKGROUP, 1, images); a strip is TILE_W columns of `tile_rows` rows.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation

override WORKGROUP: u32 = 8;
const TILE_W = 4u;
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const DILATION_W = 1u;
// Columns that a row of the strip reads, counted in STEP_W.
const SPAN_W = 6u;
// The greatest common divisor of stride and dilation: no column between is read.
const STEP_W = 1u;
// Rows of registers that move up by one for each input row: KERNEL_H - 1.
const KEPT_ROWS = 2u;

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
  weight: u32,
  bias: u32,
  pad_top: i32,
  pad_left: i32,
  // strips in a row of strips, and in the image
  strips_across: u32,
  strips: u32,
  tile_rows: u32,
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
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let index = grid.x * WORKGROUP + at.local;
  let quad = index / params.strips;
  if (quad >= params.y_quads) {
    return;
  }
  let strip = index % params.strips;
  let first_row = strip / params.strips_across * params.tile_rows;
  let first_column = strip % params.strips_across * TILE_W;
  let x_area = params.x_height * params.x_width;
  let x_quad = quad_of_x(params.x, params.x_image, image, quad, x_area);
  let y_quad = params.y + image * params.y_image + quad * params.y_height * params.y_width;
  let top = i32(first_row * STRIDE_H) - params.pad_top;
  let left = i32(first_column * STRIDE_W) - params.pad_left;

  hold_x(Place(image, quad, 0u));
  let bias = load_weight(params.bias + quad);
  var weight: array<vec4f, KERNEL_H * KERNEL_W>;
  // Row by row, and the rows move up: written out, these loads are much of what there is to compile.
  for (var u = 0u; u < KERNEL_H; u++) {
    //#unroll
    for (var i = 0u; i < KERNEL_H; i++) {
      //#unroll
      for (var v = 0u; v < KERNEL_W; v++) {
        weight[i * KERNEL_W + v] = weight[min(i + 1u, KERNEL_H - 1u) * KERNEL_W + v];
      }
    }
    //#unroll
    for (var v = 0u; v < KERNEL_W; v++) {
      weight[(KERNEL_H - 1u) * KERNEL_W + v] = load_weight(params.weight + (quad * KERNEL_H + u) * KERNEL_W + v);
    }
  }
  var column: array<u32, SPAN_W>;
  var inside: array<bool, SPAN_W>;
  //#unroll
  for (var s = 0u; s < SPAN_W; s++) {
    // What is negative wraps to a large u32.
    let j = u32(left + i32(s * STEP_W));
    inside[s] = j < params.x_width;
    column[s] = select(0u, j, inside[s]);
  }

  let end_column = min(first_column + TILE_W, params.y_width);
  let rows = min(params.tile_rows, params.y_height - first_row);
  var x: array<vec4f, KERNEL_H * SPAN_W>;
  for (var r = 0u; r < (rows - 1u) * STRIDE_H + KERNEL_H; r++) {
    //#unroll
    for (var i = 0u; i < KEPT_ROWS * SPAN_W; i++) {
      x[i] = x[i + SPAN_W];
    }
    let row = u32(top + i32(r));
    let row_inside = row < params.x_height;
    let row_start = select(0u, row, row_inside) * params.x_width;
    //#unroll
    for (var s = 0u; s < SPAN_W; s++) {
      let pixel = row_start + column[s];
      let value = load_x(load(x_quad + pixel), Place(image, quad, pixel));
      // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
      x[KEPT_ROWS * SPAN_W + s] = select(vec4f(0.0), value, row_inside & inside[s]);
    }
    // The first KERNEL_H - 1 rows only fill the registers; then every STRIDE_H-th row ends a window.
    if ((r >= KERNEL_H - 1u) & ((r - (KERNEL_H - 1u)) % STRIDE_H == 0u)) {
      let y_row = first_row + (r - (KERNEL_H - 1u)) / STRIDE_H;
      var acc: array<vec4f, TILE_W>;
      //#unroll
      for (var c = 0u; c < TILE_W; c++) {
        acc[c] = bias;
      }
      //#unroll
      for (var u = 0u; u < KERNEL_H; u++) {
        //#unroll
        for (var v = 0u; v < KERNEL_W; v++) {
          //#unroll
          for (var c = 0u; c < TILE_W; c++) {
            acc[c] += weight[u * KERNEL_W + v] * x[u * SPAN_W + (c * STRIDE_W + v * DILATION_W) / STEP_W];
          }
        }
      }
      for (var y_column = first_column; y_column < end_column; y_column++) {
        let pixel = y_row * params.y_width + y_column;
        store(y_quad + pixel, store_y(acc[0], Place(image, quad, pixel)));
        //#unroll
        for (var c = 0u; c < TILE_W; c++) {
          acc[c] = acc[min(c + 1u, TILE_W - 1u)];
        }
      }
    }
  }
}
