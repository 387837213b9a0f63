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
// At most 4: one block of weights holds a tile's biases.
const TILE_QUADS = 2u;
// 1 where x has one quad, as images have; 0 where `x_quads` says how many.
const X_QUADS = 0u;

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
  let first_tap = select(0u, KERNEL_H / 2u * KERNEL_W + KERNEL_W / 2u, is_centre);
  let end_tap = select(KERNEL_H * KERNEL_W, first_tap + 1u, is_centre);
  let bias = weight_block(params.bias + first_quad, at);
  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = min(first_quad + q, last_quad);
    let full = quad - min(quad, params.centre);
    block[q] = params.weight + (quad - full + full * KERNEL_H * KERNEL_W) * params.x_quads * 4u;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      acc[p * TILE_QUADS + q] = bias[q];
    }
  }
  var corner: array<vec2i, TILE_PIXELS>;
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = min(first_pixel + p * WORKGROUP, last_pixel);
    //#unroll
    for (var i = 0u; i < TILE_PIXELS; i++) {
      corner[i] = corner[min(i + 1u, TILE_PIXELS - 1u)];
    }
    corner[TILE_PIXELS - 1u] = vec2i(
      i32(pixel / params.y_width * STRIDE_H) - params.pad_top,
      i32(pixel % params.y_width * STRIDE_W) - params.pad_left,
    );
  }

  for (var tap = first_tap; tap < end_tap; tap++) {
    let reach = vec2i(i32(tap / KERNEL_W * DILATION_H), i32(tap % KERNEL_W * DILATION_W));
    var inside: array<bool, TILE_PIXELS>;
    var pixel: array<u32, TILE_PIXELS>;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      // What is negative wraps to a large u32.
      let place = vec2u(corner[p] + reach);
      // `&&` would branch, which costs SwiftShader 50x the time to compile.
      inside[p] = (place.x < params.x_height) & (place.y < params.x_width);
      pixel[p] = select(0u, place.x * params.x_width + place.y, inside[p]);
    }
    let first_block = (tap - first_tap) * params.x_quads;
    //#unroll X_QUADS
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
        weight[q] = weight_block(block[q] + (first_block + k) * 4u, at);
      }
      //#unroll
      for (var p = 0u; p < TILE_PIXELS; p++) {
        //#unroll
        for (var q = 0u; q < TILE_QUADS; q++) {
          acc[p * TILE_QUADS + q] += weight[q] * x[p];
        }
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
