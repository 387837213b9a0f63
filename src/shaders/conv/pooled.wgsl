// Pointwise convolution of the sums of windows that lie side by side: one product a window.
//
// y[o, i, j] = bias[o] + sum over c of weight[o, c] *
//   (sum over u, v of x[c, i * KERNEL_H + u, j * KERNEL_W + v])
//
// Layout: x and y in channel quads; weights [y quad][x quad] of 4 x 4 blocks (shared/weight-block).
// Dispatch: (pixels / (WORKGROUP * TILE_PIXELS), y quads / TILE_QUADS, images), as conv/pointwise.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 8;
override KERNEL_H: u32 = 2;
override KERNEL_W: u32 = 2;
const TILE_PIXELS = 4u;
// At most 4: one block of weights holds a tile's biases.
const TILE_QUADS = 2u;

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
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let first_pixel = grid.x * WORKGROUP * TILE_PIXELS + at.local;
  let first_quad = grid.y * TILE_QUADS;
  let last_pixel = params.y_height * params.y_width - 1u;
  let last_quad = params.y_quads - 1u;
  let x_area = params.x_height * params.x_width;

  let bias = weight_block(params.bias + first_quad, at);
  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = min(first_quad + q, last_quad);
    block[q] = params.weight + quad * params.x_quads * 4u;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      acc[p * TILE_QUADS + q] = bias[q];
    }
  }
  var corner: array<u32, TILE_PIXELS>;
  //#unroll
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = min(first_pixel + p * WORKGROUP, last_pixel);
    corner[p] = pixel / params.y_width * KERNEL_H * params.x_width + pixel % params.y_width * KERNEL_W;
  }

  for (var k = 0u; k < params.x_quads; k++) {
    let x_quad = quad_of_x(params.x, params.x_image, image, k, x_area);
    // Set to 0 by hand: SwiftShader keeps the values of the turn before.
    var x: array<vec4f, TILE_PIXELS>;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      x[p] = vec4f(0.0);
    }
    for (var u = 0u; u < KERNEL_H; u++) {
      for (var v = 0u; v < KERNEL_W; v++) {
        let tap = u * params.x_width + v;
        //#unroll
        for (var p = 0u; p < TILE_PIXELS; p++) {
          let pixel = corner[p] + tap;
          x[p] += load_x(load(x_quad + pixel), Place(image, k, pixel));
        }
      }
    }
    var weight: array<mat4x4f, TILE_QUADS>;
    //#unroll
    for (var q = 0u; q < TILE_QUADS; q++) {
      weight[q] = weight_block(block[q] + k * 4u, at);
    }
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      //#unroll
      for (var q = 0u; q < TILE_QUADS; q++) {
        acc[p * TILE_QUADS + q] += weight[q] * x[p];
      }
    }
  }

  let y_area = last_pixel + 1u;
  let y_start = params.y + image * params.y_image;
  // A loop, in which the tile moves up: written out, stores are half of what there is to compile.
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = first_pixel + p * WORKGROUP;
    if (pixel > last_pixel) {
      return;
    }
    //#unroll
    for (var q = 0u; q < TILE_QUADS; q++) {
      let quad = first_quad + q;
      if (quad <= last_quad) {
        store(y_start + quad * y_area + pixel, store_y(acc[q], Place(image, quad, pixel)));
      }
    }
    //#unroll
    for (var i = 0u; i < TILE_PIXELS; i++) {
      //#unroll
      for (var q = 0u; q < TILE_QUADS; q++) {
        acc[i * TILE_QUADS + q] = acc[min(i + 1u, TILE_PIXELS - 1u) * TILE_QUADS + q];
      }
    }
  }
}
