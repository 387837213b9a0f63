// Transposed convolution with any stride, dilation, padding and groups. Gathers: the outputs of one
// phase, STRIDE apart, all read the same taps, and no others; each phase is a small convolution.
//
// y[o, i, j] = bias[o] + sum over c, u, v of weight[c, o, u, v] * x[c, (i + top - u * dilation) / stride,
//   (j + left - v * dilation) / stride], over the u and v for which the divisions leave no rest
//
// Layout: x and y in channel quads; weights [y quad][tap][x quad] of 4 x 4 blocks, where the x quads are
// the `x_quads` that hold the groups of the y quad; weights of other groups are zero.
// Dispatch: (phases * tiles of their pixels, y quads / TILE_QUADS, images).

//#import shared/memory
//#import shared/place
//#import shared/grid
//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 8;
override KERNEL_H: u32 = 2;
override KERNEL_W: u32 = 2;
override STRIDE_H: u32 = 2;
override STRIDE_W: u32 = 2;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
// From one tap of a phase to the next: STRIDE / gcd(STRIDE, DILATION) taps, DILATION / gcd pixels of x.
override STEP_H: u32 = 2;
override STEP_W: u32 = 2;
override HOP_H: u32 = 1;
override HOP_W: u32 = 1;
const TILE_PIXELS = 4u;
// At most 4: one block of weights holds a tile's biases.
const TILE_QUADS = 2u;

struct Params {
  x: u32,
  x_image: u32,
  x_height: u32,
  x_width: u32,
  // quads of x that a tile reads, of all
  x_quads: u32,
  x_all_quads: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  y_height: u32,
  y_width: u32,
  group_in: u32,
  group_out: u32,
  weight: u32,
  bias: u32,
  pad_top: i32,
  pad_left: i32,
  // phases along a row, and tiles of one phase
  phases: u32,
  tiles: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let first_quad = grid.y * TILE_QUADS;
  let phase = grid.x / params.tiles;
  let phase_row = phase / params.phases;
  let phase_column = phase % params.phases;
  // The phase's own map.
  let columns = (params.y_width - phase_column + STRIDE_W - 1u) / STRIDE_W;
  let last_pixel = (params.y_height - phase_row + STRIDE_H - 1u) / STRIDE_H * columns - 1u;
  let first_pixel = grid.x % params.tiles * WORKGROUP * TILE_PIXELS + at.local;

  let last_quad = params.y_quads - 1u;
  let x_area = params.x_height * params.x_width;
  let first_channel = first_quad * 4u / params.group_out * params.group_in;
  let first_x_quad = min(first_channel / 4u, params.x_all_quads - params.x_quads);
  let x_start = params.x + image * params.x_image + first_x_quad * x_area;

  let bias = weight_block(params.bias + first_quad, at);
  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = min(first_quad + q, last_quad);
    block[q] = params.weight + quad * KERNEL_H * KERNEL_W * params.x_quads * 4u;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      acc[p * TILE_QUADS + q] = bias[q];
    }
  }

  let row_tap = first_tap(phase_row + u32(params.pad_top), STRIDE_H, DILATION_H, KERNEL_H);
  let column_tap = first_tap(phase_column + u32(params.pad_left), STRIDE_W, DILATION_W, KERNEL_W);
  // The pixel of x that the first tap of each pixel reads.
  var corner: array<vec2i, TILE_PIXELS>;
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = min(first_pixel + p * WORKGROUP, last_pixel);
    //#unroll
    for (var i = 0u; i < TILE_PIXELS; i++) {
      corner[i] = corner[min(i + 1u, TILE_PIXELS - 1u)];
    }
    corner[TILE_PIXELS - 1u] = vec2i(
      i32(pixel / columns) + row_tap.pixel,
      i32(pixel % columns) + column_tap.pixel,
    );
  }

  var hop_row = 0u;
  for (var u = row_tap.index; u < KERNEL_H; u += STEP_H) {
    var row_start: array<u32, TILE_PIXELS>;
    var row_inside: array<bool, TILE_PIXELS>;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      // What is negative wraps to a large u32.
      let row = u32(corner[p].x - i32(hop_row));
      row_inside[p] = row < params.x_height;
      row_start[p] = row * params.x_width;
    }
    var hop_column = 0u;
    for (var v = column_tap.index; v < KERNEL_W; v += STEP_W) {
      var inside: array<bool, TILE_PIXELS>;
      var x_pixel: array<u32, TILE_PIXELS>;
      //#unroll
      for (var p = 0u; p < TILE_PIXELS; p++) {
        let column = u32(corner[p].y - i32(hop_column));
        // `&&` would branch, which costs SwiftShader 50x the time to compile.
        inside[p] = row_inside[p] & (column < params.x_width);
        x_pixel[p] = select(0u, row_start[p] + column, inside[p]);
      }
      let tap = u * KERNEL_W + v;
      for (var k = 0u; k < params.x_quads; k++) {
        var x: array<vec4f, TILE_PIXELS>;
        //#unroll
        for (var p = 0u; p < TILE_PIXELS; p++) {
          x[p] = select(vec4f(0.0), load(x_start + k * x_area + x_pixel[p]), inside[p]);
        }
        var weight: array<mat4x4f, TILE_QUADS>;
        //#unroll
        for (var q = 0u; q < TILE_QUADS; q++) {
          weight[q] = weight_block(block[q] + (tap * params.x_quads + k) * 4u, at);
        }
        //#unroll
        for (var p = 0u; p < TILE_PIXELS; p++) {
          //#unroll
          for (var q = 0u; q < TILE_QUADS; q++) {
            acc[p * TILE_QUADS + q] += weight[q] * x[p];
          }
        }
      }
      hop_column += HOP_W;
    }
    hop_row += HOP_H;
  }

  let y_start = params.y + image * params.y_image;
  let y_area = params.y_height * params.y_width;
  // A loop, in which the tile moves up: written out, stores are half of what there is to compile.
  for (var p = 0u; p < TILE_PIXELS; p++) {
    if (first_pixel + p * WORKGROUP > last_pixel) {
      return;
    }
    // Divisions are dear: the corner tells the place within the phase.
    let place = corner[0] - vec2i(row_tap.pixel, column_tap.pixel);
    let row = u32(place.x) * STRIDE_H + phase_row;
    let pixel = row * params.y_width + u32(place.y) * STRIDE_W + phase_column;
    //#unroll
    for (var q = 0u; q < TILE_QUADS; q++) {
      let quad = first_quad + q;
      if (quad <= last_quad) {
        store(y_start + quad * y_area + pixel, store_y(acc[q], Place(image, quad, pixel)));
      }
    }
    //#unroll
    for (var i = 0u; i < TILE_PIXELS; i++) {
      corner[i] = corner[min(i + 1u, TILE_PIXELS - 1u)];
      //#unroll
      for (var q = 0u; q < TILE_QUADS; q++) {
        acc[i * TILE_QUADS + q] = acc[min(i + 1u, TILE_PIXELS - 1u) * TILE_QUADS + q];
      }
    }
  }
}

// A tap, and which pixel of x it reads for pixel 0 of the phase.
struct Tap {
  index: u32,
  pixel: i32,
}

// The first tap of a phase: those that reach it leave no rest. `kernel` where there is none.
fn first_tap(padded: u32, stride: u32, dilation: u32, kernel: u32) -> Tap {
  for (var tap = 0u; tap < kernel; tap++) {
    let pixel = i32(padded) - i32(tap * dilation);
    if (pixel % i32(stride) == 0) {
      return Tap(tap, pixel / i32(stride));
    }
  }
  return Tap(kernel, 0);
}
