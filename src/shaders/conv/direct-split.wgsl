// k x k convolution of small maps, as conv/direct: invocations share the sums over taps and channels.
//
// y[o, i, j] = bias[o] + sum over c, u, v of
//   weight[o, c, u, v] * x[c, i * stride - top + u * dilation, j * stride - left + v * dilation]
//
// Layout: x, y and weights as conv/direct.
// Dispatch: (pixels / (LANES * TILE_PIXELS), y quads / TILE_QUADS, images). A workgroup has SPLIT slices of
// LANES invocations: slice s takes the blocks s, s + SPLIT, ... of a quad of y, counted over taps and
// quads of x. Groups begin on quads; a tile lies within one group.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation
//#import conv/fold-slices

override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
const LANES = 8u;
const SPLIT = 16u;
const TILE_PIXELS = 4u;
const TILE_QUADS = 1u;

const WORKGROUP = LANES * SPLIT;
const PIXELS = LANES * TILE_PIXELS;
const SUMS = PIXELS * TILE_QUADS;

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
  let area = params.y_height * params.y_width;
  let x_area = params.x_height * params.x_width;
  let first_pixel = grid.x * PIXELS;
  let first_quad = grid.y * TILE_QUADS;
  let first_x_quad = first_quad / params.y_group * params.x_quads;
  let lane = at.local % LANES;
  let slice = at.local / LANES;
  let blocks = KERNEL_H * KERNEL_W * params.x_quads;

  var corner: array<vec2i, TILE_PIXELS>;
  //#unroll
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = min(first_pixel + p * LANES + lane, area - 1u);
    corner[p] = vec2i(
      i32(pixel / params.y_width * STRIDE_H) - params.pad_top,
      i32(pixel % params.y_width * STRIDE_W) - params.pad_left,
    );
  }
  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  for (var i = slice; i < blocks; i += SPLIT) {
    let k = first_x_quad + i % params.x_quads;
    let tap = i / params.x_quads;
    let shift = vec2i(vec2u(tap / KERNEL_W * DILATION_H, tap % KERNEL_W * DILATION_W));
    let x_quad = quad_of_x(params.x, params.x_image, image, k, x_area);
    hold_x(Place(image, k, 0u));
    var x: array<vec4f, TILE_PIXELS>;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      // What is negative wraps to a large u32.
      let position = vec2u(corner[p] + shift);
      let inside = (position.x < params.x_height) & (position.y < params.x_width);
      let pixel = select(0u, position.x * params.x_width + position.y, inside);
      let value = load_x(load(x_quad + pixel), Place(image, k, pixel));
      x[p] = select(vec4f(0.0), value, inside);
    }
    //#unroll
    for (var q = 0u; q < TILE_QUADS; q++) {
      let quad = min(first_quad + q, params.y_quads - 1u);
      let block = params.weight + (quad * blocks + i) * 4u;
      let weight = mat4x4f(
        load_weight(block),
        load_weight(block + 1u),
        load_weight(block + 2u),
        load_weight(block + 3u),
      );
      //#unroll
      for (var p = 0u; p < TILE_PIXELS; p++) {
        acc[p * TILE_QUADS + q] += weight * x[p];
      }
    }
  }

  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      put_slice(slice, q * PIXELS + p * LANES + lane, acc[p * TILE_QUADS + q]);
    }
  }
  workgroupBarrier();
  for (var i = at.local; i < SUMS; i += WORKGROUP) {
    let quad = first_quad + i / PIXELS;
    let pixel = first_pixel + i % PIXELS;
    if ((quad < params.y_quads) & (pixel < area)) {
      let value = load_weight(params.bias + quad) + fold_slices(i);
      let y_quad = params.y + image * params.y_image + quad * area;
      store(y_quad + pixel, store_y(value, Place(image, quad, pixel)));
    }
  }
}
