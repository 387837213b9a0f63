// Pointwise convolution and the depthwise convolution of its result, in registers: a strip of TILE_W columns
// walks down the image, computes a row of what lies between on all columns that it reads, and adds what this
// row has to give to the PENDING rows of y. Where strips meet, both compute what lies between. The file is long
// since its phases (row of z, storing z, windows, storing y) share registers, which functions would have to copy.
//
// z[c, i, j] = between(pointwise_bias[c] + sum over k of pointwise[c, k] * x[k, i, j]), 0 outside of the map
// y[c, i, j] = bias[c] + sum over u, v of weight[c, u, v] * z[c, i * stride - top + u * dilation, ...]
//
// Layout: x, z and y in channel quads; pointwise [z quad][x quad] of 4 x 4 blocks; weight [quad][tap] of vec4.
// Dispatch: (strips / WORKGROUP, y quads / TILE_QUADS, images); a strip is TILE_W columns of `tile_rows` rows.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 8;
const TILE_W = 4u;
const TILE_QUADS = 1u;
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const DILATION_H = 1u;
const DILATION_W = 1u;
// Columns that a row of the strip reads, counted in STEP_W.
const SPAN_W = 6u;
// The greatest common divisor of stride and dilation: no column between is read.
const STEP_W = 1u;
// Those among them that some strip has inside of the map: LIVE_W from LIVE_FROM on.
const LIVE_FROM = 0u;
const LIVE_W = 6u;
// Rows from the first to the last that a window reads, and the windows in which one row can be.
const ROWS = 3u;
const PENDING = 3u;
// Whether z is stored too, which takes a stride of 1 and a y of its size; then Z_FROM is the padding on the left.
const STORES_Z = false;
const Z_FROM = 0u;

struct Params {
  x: u32,
  x_image: u32,
  x_quads: u32,
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
  pointwise: u32,
  pointwise_bias: u32,
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

//#slot store_between
fn store_between(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_z
fn store_z(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let strip = grid.x * WORKGROUP + at.local;
  let first_quad = grid.y * TILE_QUADS;
  let last_quad = params.y_quads - 1u;
  let first_row = strip / params.strips_across * params.tile_rows;
  let first_column = strip % params.strips_across * TILE_W;
  // None where there are fewer strips than invocations.
  let rows = select(0u, min(params.tile_rows, params.y_height - first_row), strip < params.strips);
  let end_column = min(first_column + TILE_W, params.y_width);
  let x_area = params.x_height * params.x_width;
  let y_area = params.y_height * params.y_width;
  let y_image = params.y + image * params.y_image;
  let top = i32(first_row * STRIDE_H) - params.pad_top;
  let left = i32(first_column * STRIDE_W) - params.pad_left;

  var column: array<u32, LIVE_W>;
  var inside: array<bool, LIVE_W>;
  //#unroll
  for (var s = 0u; s < LIVE_W; s++) {
    // What is negative wraps to a large u32.
    let j = u32(left + i32((LIVE_FROM + s) * STEP_W));
    inside[s] = j < params.x_width;
    column[s] = select(0u, j, inside[s]);
  }
  var bias: array<vec4f, TILE_QUADS>;
  var sums: array<vec4f, PENDING * TILE_W * TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    bias[q] = load_weight(params.bias + min(first_quad + q, last_quad));
    //#unroll
    for (var i = 0u; i < PENDING * TILE_W; i++) {
      sums[i * TILE_QUADS + q] = bias[q];
    }
  }

  // The row of the strip whose sums come first.
  var oldest = 0u;
  for (var r = 0u; r < (params.tile_rows - 1u) * STRIDE_H + ROWS; r++) {
    let row = u32(top + i32(r));
    let row_inside = row < params.x_height;
    let row_start = select(0u, row, row_inside) * params.x_width;
    var z: array<vec4f, SPAN_W * TILE_QUADS>;
    //#unroll
    for (var q = 0u; q < TILE_QUADS; q++) {
      let pointwise_bias = load_weight(params.pointwise_bias + min(first_quad + q, last_quad));
      //#unroll
      for (var s = 0u; s < LIVE_W; s++) {
        z[(LIVE_FROM + s) * TILE_QUADS + q] = pointwise_bias;
      }
    }
    // Where strips have all rows of the map, those of the padding take no products.
    let is_padding = (params.tile_rows >= params.y_height) & (u32(i32(r) - params.pad_top) >= params.x_height);
    for (var k = 0u; k < select(params.x_quads, 0u, is_padding); k++) {
      let x_quad = quad_of_x(params.x, params.x_image, image, k, x_area);
      hold_x(Place(image, k, 0u));
      // All loads before all products, as in conv/pointwise.
      var x: array<vec4f, LIVE_W>;
      //#unroll
      for (var s = 0u; s < LIVE_W; s++) {
        let pixel = row_start + column[s];
        x[s] = load_x(load(x_quad + pixel), Place(image, k, pixel));
      }
      var block: array<mat4x4f, TILE_QUADS>;
      //#unroll
      for (var q = 0u; q < TILE_QUADS; q++) {
        block[q] = weight_block(params.pointwise + (min(first_quad + q, last_quad) * params.x_quads + k) * 4u, at);
      }
      //#unroll
      for (var s = 0u; s < LIVE_W; s++) {
        //#unroll
        for (var q = 0u; q < TILE_QUADS; q++) {
          z[(LIVE_FROM + s) * TILE_QUADS + q] += block[q] * x[s];
        }
      }
    }

    //#unroll
    for (var s = 0u; s < LIVE_W; s++) {
      //#unroll
      for (var q = 0u; q < TILE_QUADS; q++) {
        let place = Place(image, min(first_quad + q, last_quad), row_start + column[s]);
        let value = store_between(z[(LIVE_FROM + s) * TILE_QUADS + q], place);
        // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
        z[(LIVE_FROM + s) * TILE_QUADS + q] = select(vec4f(0.0), value, row_inside & inside[s]);
      }
    }
    if (STORES_Z & (u32(i32(r) - params.pad_top) < rows)) {
      var stored: array<vec4f, TILE_W * TILE_QUADS>;
      //#unroll
      for (var i = 0u; i < TILE_W * TILE_QUADS; i++) {
        stored[i] = z[Z_FROM * TILE_QUADS + i];
      }
      for (var z_column = first_column; z_column < end_column; z_column++) {
        //#unroll
        for (var q = 0u; q < TILE_QUADS; q++) {
          if (first_quad + q <= last_quad) {
            store_z(stored[q], Place(image, first_quad + q, row_start + z_column));
          }
          //#unroll
          for (var c = 0u; c < TILE_W; c++) {
            stored[c * TILE_QUADS + q] = stored[min(c + 1u, TILE_W - 1u) * TILE_QUADS + q];
          }
        }
      }
    }

    // A loop, in which each row of y is first in its turn: written out, windows are much of what there is to compile.
    for (var p = 0u; p < PENDING; p++) {
      let tap_row = r - (oldest + p) * STRIDE_H;
      if ((tap_row < ROWS) & (tap_row % DILATION_H == 0u)) {
        //#unroll
        for (var q = 0u; q < TILE_QUADS; q++) {
          let first_tap = (min(first_quad + q, last_quad) * KERNEL_H + tap_row / DILATION_H) * KERNEL_W;
          //#unroll
          for (var v = 0u; v < KERNEL_W; v++) {
            let weight = load_weight(params.weight + first_tap + v);
            //#unroll
            for (var c = 0u; c < TILE_W; c++) {
              sums[c * TILE_QUADS + q] += weight * z[(c * STRIDE_W + v * DILATION_W) / STEP_W * TILE_QUADS + q];
            }
          }
        }
      }
      //#unroll
      for (var c = 0u; c < TILE_W * TILE_QUADS; c++) {
        let first = sums[c];
        //#unroll
        for (var i = 0u; i < PENDING; i++) {
          sums[i * TILE_W * TILE_QUADS + c] = sums[min(i + 1u, PENDING - 1u) * TILE_W * TILE_QUADS + c];
        }
        sums[(PENDING - 1u) * TILE_W * TILE_QUADS + c] = first;
      }
    }

    if (r == oldest * STRIDE_H + ROWS - 1u) {
      let stored_columns = select(first_column, end_column, oldest < rows);
      for (var y_column = first_column; y_column < stored_columns; y_column++) {
        let pixel = (first_row + oldest) * params.y_width + y_column;
        //#unroll
        for (var q = 0u; q < TILE_QUADS; q++) {
          let quad = first_quad + q;
          if (quad <= last_quad) {
            store(y_image + quad * y_area + pixel, store_y(sums[q], Place(image, quad, pixel)));
          }
          //#unroll
          for (var c = 0u; c < TILE_W; c++) {
            sums[c * TILE_QUADS + q] = sums[min(c + 1u, TILE_W - 1u) * TILE_QUADS + q];
          }
        }
      }
      //#unroll
      for (var q = 0u; q < TILE_QUADS; q++) {
        //#unroll
        for (var c = 0u; c < TILE_W; c++) {
          //#unroll
          for (var i = 0u; i < PENDING; i++) {
            sums[(i * TILE_W + c) * TILE_QUADS + q] = sums[(min(i + 1u, PENDING - 1u) * TILE_W + c) * TILE_QUADS + q];
          }
          sums[((PENDING - 1u) * TILE_W + c) * TILE_QUADS + q] = bias[q];
        }
      }
      oldest++;
    }
  }
}
