// Depthwise convolution and the pointwise convolution of its result, in registers: what lies between is
// never stored. Where y has more quads than a tile, each tile of quads computes it again.
//
// z[c, i, j] = between(bias[c] + sum over u, v of depthwise[c, u, v] * x[c, i * stride - top + u * dilation, ...])
// y[o, i, j] = pointwise_bias[o] + sum over c of pointwise[o, c] * z[c, i, j]
//
// Layout: x and y in channel quads; depthwise [quad][tap] of vec4; pointwise [y quad][x quad] of 4 x 4 blocks.
// Dispatch: (tiles of TILE_W columns / WORKGROUP, y quads / TILE_QUADS, images).

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 8;
const TILE_W = 4u;
const TILE_QUADS = 2u;
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const DILATION_H = 1u;
const DILATION_W = 1u;
// Pixels between the first and last column that a row of the tile reads, counted in STEP_W.
const SPAN_W = 6u;
// The greatest common divisor of stride and dilation: no pixel between is read.
const STEP_W = 1u;

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
  // tiles in a row of the image
  tiles: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot store_between
fn store_between(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let tile = grid.x * WORKGROUP + at.local;
  let first_quad = grid.y * TILE_QUADS;
  let last_quad = params.y_quads - 1u;
  let is_tile = tile < params.tiles * params.y_height;
  let y_row = min(tile / params.tiles, params.y_height - 1u);
  let first_column = tile % params.tiles * TILE_W;
  let y_start = y_row * params.y_width;
  let x_area = params.x_height * params.x_width;
  let top = i32(y_row * STRIDE_H) - params.pad_top;
  let left = i32(first_column * STRIDE_W) - params.pad_left;

  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_W * TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = min(first_quad + q, last_quad);
    block[q] = params.pointwise + quad * params.x_quads * 4u;
    let bias = load_weight(params.pointwise_bias + quad);
    //#unroll
    for (var c = 0u; c < TILE_W; c++) {
      acc[c * TILE_QUADS + q] = bias;
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

  for (var k = 0u; k < params.x_quads; k++) {
    let x_quad = quad_of_x(params.x, params.x_image, image, k, x_area);
    let bias = load_weight(params.bias + k);
    var between: array<vec4f, TILE_W>;
    //#unroll
    for (var c = 0u; c < TILE_W; c++) {
      between[c] = bias;
    }
    for (var u = 0u; u < KERNEL_H; u++) {
      let row = u32(top + i32(u * DILATION_H));
      let row_inside = row < params.x_height;
      let row_start = x_quad + select(0u, row, row_inside) * params.x_width;
      var x: array<vec4f, SPAN_W>;
      //#unroll
      for (var s = 0u; s < SPAN_W; s++) {
        // `&&` would branch, which costs SwiftShader 50x the time to compile.
        x[s] = select(vec4f(0.0), load(row_start + column[s]), row_inside & inside[s]);
      }
      //#unroll
      for (var v = 0u; v < KERNEL_W; v++) {
        let weight = load_weight(params.weight + (k * KERNEL_H + u) * KERNEL_W + v);
        //#unroll
        for (var c = 0u; c < TILE_W; c++) {
          between[c] += weight * x[(c * STRIDE_W + v * DILATION_W) / STEP_W];
        }
      }
    }
    //#unroll
    for (var c = 0u; c < TILE_W; c++) {
      between[c] = store_between(between[c], Place(image, k, y_start + first_column + c));
    }
    //#unroll
    for (var q = 0u; q < TILE_QUADS; q++) {
      let weight = weight_block(block[q] + k * 4u, at);
      //#unroll
      for (var c = 0u; c < TILE_W; c++) {
        acc[c * TILE_QUADS + q] += weight * between[c];
      }
    }
  }

  // Late: the blocks of weights are read in uniform control flow.
  if (!is_tile) {
    return;
  }
  let y_image = params.y + image * params.y_image;
  let y_area = params.y_height * params.y_width;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    //#unroll
    for (var c = 0u; c < TILE_W; c++) {
      // What lies beyond the map stores the tile's first quad again: branches take longer to compile.
      let stored = (first_quad + q <= last_quad) & (first_column + c < params.y_width);
      let quad = select(first_quad, first_quad + q, stored);
      let pixel = y_start + first_column + select(0u, c, stored);
      let value = select(acc[0], acc[c * TILE_QUADS + q], stored);
      store(y_image + quad * y_area + pixel, store_y(value, Place(image, quad, pixel)));
    }
  }
}
