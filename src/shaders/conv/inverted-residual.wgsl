// Pointwise, depthwise and pointwise convolution, through workgroup memory: neither the expanded map nor what
// the depthwise convolution makes of it is stored. A workgroup computes TILE_H x TILE_W pixels of its quads of
// y, CHUNK expanded quads at a time, each on the REGION that the tile reads: its halo is computed again.
//
// e[c, i, j] = expanded(expand_bias[c] + sum over k of expand[c, k] * x[k, i, j]), 0 outside of the map
// z[c, i, j] = between(bias[c] + sum over u, v of depthwise[c, u, v] * e[c, i * stride - top + u * dilation, ...])
// y[o, i, j] = pointwise_bias[o] + sum over c of pointwise[o, c] * z[c, i, j]
//
// Layout: x and y in channel quads; depthwise [quad][tap] of vec4; expand [quad][x quad] and pointwise
// [y quad][quad] of 4 x 4 blocks.
// Dispatch: (tiles, y quads / (TILE_QUADS * WORKGROUP / (TILE_H * TILE_W)), images).

//#import shared/memory
//#import shared/place
//#import shared/grid
//#import shared/quad-of-x
//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 64;
override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
const TILE_H = 4u;
const TILE_W = 4u;
const TILE_QUADS = 2u;
// Pixels of the expanded map that a tile reads, and those of one row
const REGION = 36u;
const REGION_W = 6u;
const CHUNK = 16u;

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
  expand: u32,
  expand_bias: u32,
  expanded_quads: u32,
  // tiles in a row of the image
  tiles: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

var<workgroup> expanded: array<vec4f, CHUNK * REGION>;
var<workgroup> between: array<vec4f, CHUNK * TILE_H * TILE_W>;

//#slot store_expanded
fn store_expanded(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_between
fn store_between(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let last_quad = params.y_quads - 1u;
  let tile_pixels = TILE_H * TILE_W;
  let tile_row = grid.x / params.tiles * TILE_H;
  let tile_column = grid.x % params.tiles * TILE_W;
  let top = i32(tile_row * STRIDE_H) - params.pad_top;
  let left = i32(tile_column * STRIDE_W) - params.pad_left;
  let lane_pixel = at.local % tile_pixels;
  let first_quad = (grid.y * (WORKGROUP / tile_pixels) + at.local / tile_pixels) * TILE_QUADS;

  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = min(first_quad + q, last_quad);
    block[q] = params.pointwise + quad * params.expanded_quads * 4u;
    acc[q] = load_weight(params.pointwise_bias + quad);
  }

  for (var first = 0u; first < params.expanded_quads; first += CHUNK) {
    let count = min(CHUNK, params.expanded_quads - first);
    for (var i = at.local; i < count * REGION; i += WORKGROUP) {
      // What is negative wraps to a large u32.
      let row = u32(top + i32(i % REGION / REGION_W));
      let column = u32(left + i32(i % REGION_W));
      let inside = (row < params.x_height) & (column < params.x_width);
      let pixel = select(0u, row * params.x_width + column, inside);
      expanded[i] = select(vec4f(0.0), expand(image, first + i / REGION, pixel, at), inside);
    }
    workgroupBarrier();
    for (var i = at.local; i < count * tile_pixels; i += WORKGROUP) {
      let row = i % tile_pixels / TILE_W;
      let column = i % TILE_W;
      let corner = i / tile_pixels * REGION + row * STRIDE_H * REGION_W + column * STRIDE_W;
      let pixel = (tile_row + row) * params.y_width + tile_column + column;
      between[i] = depthwise(image, first + i / tile_pixels, corner, pixel);
    }
    workgroupBarrier();
    for (var k = 0u; k < count; k++) {
      let z = between[k * tile_pixels + lane_pixel];
      //#unroll
      for (var q = 0u; q < TILE_QUADS; q++) {
        acc[q] += weight_block(block[q] + (first + k) * 4u, at) * z;
      }
    }
  }

  let row = tile_row + lane_pixel / TILE_W;
  let column = tile_column + lane_pixel % TILE_W;
  let pixel = row * params.y_width + column;
  let area = params.y_height * params.y_width;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = first_quad + q;
    if ((quad <= last_quad) & (row < params.y_height) & (column < params.y_width)) {
      let index = params.y + image * params.y_image + quad * area + pixel;
      store(index, store_y(acc[q], Place(image, quad, pixel)));
    }
  }
}

fn expand(image: u32, quad: u32, pixel: u32, at: Invocation) -> vec4f {
  let area = params.x_height * params.x_width;
  let first_block = params.expand + quad * params.x_quads * 4u;
  var sum = load_weight(params.expand_bias + quad);
  for (var k = 0u; k < params.x_quads; k++) {
    let x_quad = quad_of_x(params.x, params.x_image, image, k, area);
    sum += weight_block(first_block + k * 4u, at) * load(x_quad + pixel);
  }
  return store_expanded(sum, Place(image, quad, pixel));
}

// z at the pixel of y that reads the expanded map from `corner` on
fn depthwise(image: u32, quad: u32, corner: u32, pixel: u32) -> vec4f {
  let first_tap = params.weight + quad * KERNEL_H * KERNEL_W;
  var sum = load_weight(params.bias + quad);
  for (var u = 0u; u < KERNEL_H; u++) {
    for (var v = 0u; v < KERNEL_W; v++) {
      let value = expanded[corner + u * DILATION_H * REGION_W + v * DILATION_W];
      sum += load_weight(first_tap + u * KERNEL_W + v) * value;
    }
  }
  return store_between(sum, Place(image, quad, pixel));
}
