// k x k convolution with any stride, dilation and padding, in registers, without unfolding.
//
// y[o, i, j] = bias[o] + sum over c, u, v of
//   weight[o, c, u, v] * x[c, i * stride - top + u * dilation, j * stride - left + v * dilation]
//
// Layout: x and y in channel quads; weights [y quad][tap][x quad of the group] of 4 x 4 blocks.
// Dispatch: (pixels / (WORKGROUP * TILE_PIXELS), y quads / TILE_QUADS, images), as conv/pointwise.
// Groups begin on quads; a tile lies within one group.
// The first `centre` quads of y, whole tiles, have weights at the centre tap only: one block a quad of x.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 8;
override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
const TILE_PIXELS = 4u;
const TILE_QUADS = 2u;

struct Params {
  x: u32,
  x_image: u32,
  // quads of one group of x
  x_quads: u32,
  x_height: u32,
  x_width: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  // quads of one group of y
  y_group: u32,
  y_height: u32,
  y_width: u32,
  centre: u32,
  weight: u32,
  bias: u32,
  pad_top: i32,
  pad_left: i32,
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
  let first_pixel = grid.x * WORKGROUP * TILE_PIXELS + at.local;
  let first_quad = grid.y * TILE_QUADS;
  let last_pixel = params.y_height * params.y_width - 1u;
  let last_quad = params.y_quads - 1u;
  let x_area = params.x_height * params.x_width;
  let first_x_quad = first_quad / params.y_group * params.x_quads;

  let is_centre = first_quad < params.centre;
  let first_tap = select(vec2u(0u), vec2u(KERNEL_H, KERNEL_W) / 2u, is_centre);
  let end_tap = select(vec2u(KERNEL_H, KERNEL_W), first_tap + 1u, is_centre);
  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = min(first_quad + q, last_quad);
    let full = quad - min(quad, params.centre);
    block[q] = params.weight + (quad - full + full * KERNEL_H * KERNEL_W) * params.x_quads * 4u;
    let bias = load_weight(params.bias + quad);
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      acc[p * TILE_QUADS + q] = bias;
    }
  }
  var corner: array<vec2i, TILE_PIXELS>;
  //#unroll
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = min(first_pixel + p * WORKGROUP, last_pixel);
    corner[p] = vec2i(
      i32(pixel / params.y_width * STRIDE_H) - params.pad_top,
      i32(pixel % params.y_width * STRIDE_W) - params.pad_left,
    );
  }

  var tap = 0u;
  for (var u = first_tap.x; u < end_tap.x; u++) {
    var row_start: array<u32, TILE_PIXELS>;
    var row_inside: array<bool, TILE_PIXELS>;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      // What is negative wraps to a large u32.
      let row = u32(corner[p].x + i32(u * DILATION_H));
      row_inside[p] = row < params.x_height;
      row_start[p] = row * params.x_width;
    }
    for (var v = first_tap.y; v < end_tap.y; v++) {
      var inside: array<bool, TILE_PIXELS>;
      var pixel: array<u32, TILE_PIXELS>;
      //#unroll
      for (var p = 0u; p < TILE_PIXELS; p++) {
        let column = u32(corner[p].y + i32(v * DILATION_W));
        // `&&` would branch, which costs SwiftShader 50x the time to compile.
        inside[p] = row_inside[p] & (column < params.x_width);
        pixel[p] = select(0u, row_start[p] + column, inside[p]);
      }
      for (var k = 0u; k < params.x_quads; k++) {
        hold_x(Place(image, first_x_quad + k, 0u));
        let x_quad = quad_of_x(params.x, params.x_image, image, first_x_quad + k, x_area);
        var x: array<vec4f, TILE_PIXELS>;
        //#unroll
        for (var p = 0u; p < TILE_PIXELS; p++) {
          let value = load_x(load(x_quad + pixel[p]), Place(image, first_x_quad + k, pixel[p]));
          x[p] = select(vec4f(0.0), value, inside[p]);
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
      tap++;
    }
  }

  if (first_pixel > last_pixel) {
    return;
  }
  let y_start = params.y + image * params.y_image;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      // What lies beyond the map stores the tile's first quad again: branches take longer to compile.
      let stored = (first_quad + q <= last_quad) & (first_pixel + p * WORKGROUP <= last_pixel);
      let quad = select(first_quad, first_quad + q, stored);
      let at_pixel = select(first_pixel, first_pixel + p * WORKGROUP, stored);
      let value = select(acc[0], acc[p * TILE_QUADS + q], stored);
      store(y_start + quad * (last_pixel + 1u) + at_pixel, store_y(value, Place(image, quad, at_pixel)));
    }
  }
}
