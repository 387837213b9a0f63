// Pointwise (1x1) convolution, stride 1, of small maps: invocations share the sums over channels.
//
// y[o, p] = bias[o] + sum over i of weight[o, i] * x[i, p]
//
// Layout: x, y and weights as conv/pointwise.
// Dispatch: (pixels / (LANES * TILE_PIXELS), y quads / TILE_QUADS, images). A workgroup has SPLIT slices of
// LANES invocations: slice s reads the quads s, s + SPLIT, ... of x. Neighbouring invocations take
// neighbouring pixels; each computes TILE_PIXELS pixels, LANES apart, of TILE_QUADS quads.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation
//#import conv/fold-slices

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
  x_quads: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  weight: u32,
  bias: u32,
  // pixels of an image, the same for x and y
  area: u32,
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
  let first_pixel = grid.x * PIXELS;
  let first_quad = grid.y * TILE_QUADS;
  let lane = at.local % LANES;
  let slice = at.local / LANES;

  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  for (var k = slice; k < params.x_quads; k += SPLIT) {
    let x_quad = quad_of_x(params.x, params.x_image, image, k, params.area);
    hold_x(Place(image, k, 0u));
    var x: array<vec4f, TILE_PIXELS>;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      let pixel = min(first_pixel + p * LANES + lane, params.area - 1u);
      x[p] = load_x(load(x_quad + pixel), Place(image, k, pixel));
    }
    //#unroll
    for (var q = 0u; q < TILE_QUADS; q++) {
      let quad = min(first_quad + q, params.y_quads - 1u);
      let block = params.weight + (quad * params.x_quads + k) * 4u;
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
    if ((quad < params.y_quads) & (pixel < params.area)) {
      let value = load_weight(params.bias + quad) + fold_slices(i);
      let y_quad = params.y + image * params.y_image + quad * params.area;
      store(y_quad + pixel, store_y(value, Place(image, quad, pixel)));
    }
  }
}
