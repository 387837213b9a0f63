// Pointwise (1x1) convolution, stride 1, of large maps: a matrix product through workgroup memory.
//
// y[o, p] = bias[o] + sum over i of weight[o, i] * x[i, p]
//
// Layout: x, y and weights as conv/pointwise.
// Dispatch: (pixels / (LANES * TILE_PIXELS), y quads / (ROWS * TILE_QUADS), images). All pixels and quads
// of a workgroup share what it reads, STEP quads of x at a time, with the 4 x 4 blocks that meet them.
// Neighbouring invocations take neighbouring pixels; each computes TILE_PIXELS pixels, LANES apart, of
// TILE_QUADS quads, ROWS apart.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation

const LANES = 16u;
const ROWS = 8u;
const TILE_PIXELS = 4u;
const TILE_QUADS = 2u;
const STEP = 4u;
// What an invocation reads in a step: STEP * TILE_PIXELS / ROWS of x, 4 * STEP * TILE_QUADS / LANES weights.
const X_LOADS = 2u;
const WEIGHT_LOADS = 2u;

const WORKGROUP = LANES * ROWS;
const PIXELS = LANES * TILE_PIXELS;
// vec4s of one quad of y, and one more: the rows would else wait for the same bank of the memory.
const PITCH = STEP * 4u + 1u;

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

var<workgroup> x_tile: array<vec4f, STEP * PIXELS>;
var<workgroup> weight_tile: array<vec4f, ROWS * TILE_QUADS * PITCH>;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let first_pixel = grid.x * PIXELS;
  let first_quad = grid.y * ROWS * TILE_QUADS;
  let lane = at.local % LANES;
  let row = at.local / LANES;

  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let bias = load_weight(params.bias + min(first_quad + row + q * ROWS, params.y_quads - 1u));
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      acc[p * TILE_QUADS + q] = bias;
    }
  }

  var next_x: array<vec4f, X_LOADS>;
  var next_weight: array<vec4f, WEIGHT_LOADS>;
  for (var first = 0u; first < params.x_quads + STEP; first += STEP) {
    if (first > 0u) {
      // The step before the last one may still be read.
      workgroupBarrier();
      //#unroll
      for (var i = 0u; i < X_LOADS; i++) {
        x_tile[at.local + i * WORKGROUP] = next_x[i];
      }
      //#unroll
      for (var i = 0u; i < WEIGHT_LOADS; i++) {
        let index = at.local + i * WORKGROUP;
        weight_tile[index / (STEP * 4u) * PITCH + index % (STEP * 4u)] = next_weight[i];
      }
      workgroupBarrier();
    }
    // The next step is on its way from memory while this one is computed.
    if (first < params.x_quads) {
      //#unroll
      for (var i = 0u; i < X_LOADS; i++) {
        let index = at.local + i * WORKGROUP;
        next_x[i] = x_at(image, first + index / PIXELS, first_pixel + index % PIXELS);
      }
      //#unroll
      for (var i = 0u; i < WEIGHT_LOADS; i++) {
        let index = at.local + i * WORKGROUP;
        next_weight[i] = weight_at(first_quad + index / (STEP * 4u), first * 4u + index % (STEP * 4u));
      }
    }
    if (first > 0u) {
      for (var k = 0u; k < STEP; k++) {
        var x: array<vec4f, TILE_PIXELS>;
        //#unroll
        for (var p = 0u; p < TILE_PIXELS; p++) {
          x[p] = x_tile[k * PIXELS + p * LANES + lane];
        }
        //#unroll
        for (var q = 0u; q < TILE_QUADS; q++) {
          let column = (row + q * ROWS) * PITCH + k * 4u;
          let weight = mat4x4f(
            weight_tile[column],
            weight_tile[column + 1u],
            weight_tile[column + 2u],
            weight_tile[column + 3u],
          );
          //#unroll
          for (var p = 0u; p < TILE_PIXELS; p++) {
            acc[p * TILE_QUADS + q] += weight * x[p];
          }
        }
      }
    }
  }

  let y_start = params.y + image * params.y_image;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = first_quad + row + q * ROWS;
    //#unroll
    for (var p = 0u; p < TILE_PIXELS; p++) {
      let pixel = first_pixel + lane + p * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[p * TILE_QUADS + q], Place(image, quad, pixel));
        store(y_start + quad * params.area + pixel, value);
      }
    }
  }
}

// zero beyond the last quad of x
fn x_at(image: u32, quad: u32, pixel: u32) -> vec4f {
  let known = min(quad, params.x_quads - 1u);
  let at_x = min(pixel, params.area - 1u);
  let x_quad = quad_of_x(params.x, params.x_image, image, known, params.area);
  let value = load_x(load(x_quad + at_x), Place(image, known, at_x));
  return select(vec4f(0.0), value, quad < params.x_quads);
}

// A column of the blocks of a quad of y; zero beyond the last.
fn weight_at(quad: u32, column: u32) -> vec4f {
  let columns = params.x_quads * 4u;
  let start = params.weight + min(quad, params.y_quads - 1u) * columns;
  return select(vec4f(0.0), load_weight(start + min(column, columns - 1u)), column < columns);
}
