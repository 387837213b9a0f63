// Depthwise convolution and the pointwise convolution of its result, through workgroup memory: a workgroup
// computes what lies between once for all of its quads of y, CHUNK quads of x at a time.
//
// z[c, i, j] = between(bias[c] + sum over u, v of depthwise[c, u, v] * x[c, i * stride - top + u * dilation, ...])
// y[o, i, j] = pointwise_bias[o] + sum over c of pointwise[o, c] * z[c, i, j]
//
// Layout: x and y in channel quads; depthwise [quad][tap] of vec4; pointwise [y quad][x quad] of 4 x 4 blocks.
// Dispatch: (pixels / TILE_PIXELS, y quads / (TILE_QUADS * WORKGROUP / TILE_PIXELS), images). WORKGROUP is a
// multiple of TILE_PIXELS; lanes TILE_PIXELS apart have the same pixel and other quads.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/grid
//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 64;
override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
const TILE_PIXELS = 8u;
const TILE_QUADS = 2u;
const CHUNK = 32u;

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
}
@group(0) @binding(0) var<uniform> params: Params;

var<workgroup> between: array<vec4f, CHUNK * TILE_PIXELS>;

//#slot store_between
fn store_between(value: vec4f, place: Place) -> vec4f { return value; }

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let last_pixel = params.y_height * params.y_width - 1u;
  let last_quad = params.y_quads - 1u;
  let first_pixel = grid.x * TILE_PIXELS;
  let lane_pixel = at.local % TILE_PIXELS;
  let first_quad = (grid.y * (WORKGROUP / TILE_PIXELS) + at.local / TILE_PIXELS) * TILE_QUADS;

  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_QUADS>;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = min(first_quad + q, last_quad);
    block[q] = params.pointwise + quad * params.x_quads * 4u;
    acc[q] = load_weight(params.pointwise_bias + quad);
  }

  for (var first = 0u; first < params.x_quads; first += CHUNK) {
    let count = min(CHUNK, params.x_quads - first);
    // The chunk before this one may still be read.
    workgroupBarrier();
    for (var i = at.local; i < count * TILE_PIXELS; i += WORKGROUP) {
      let pixel = min(first_pixel + i % TILE_PIXELS, last_pixel);
      between[i] = depthwise(image, first + i / TILE_PIXELS, pixel);
    }
    workgroupBarrier();
    for (var k = 0u; k < count; k++) {
      let z = between[k * TILE_PIXELS + lane_pixel];
      //#unroll
      for (var q = 0u; q < TILE_QUADS; q++) {
        acc[q] += weight_block(block[q] + (first + k) * 4u, at) * z;
      }
    }
  }

  let pixel = first_pixel + lane_pixel;
  //#unroll
  for (var q = 0u; q < TILE_QUADS; q++) {
    let quad = first_quad + q;
    if ((quad <= last_quad) & (pixel <= last_pixel)) {
      let index = params.y + image * params.y_image + quad * (last_pixel + 1u) + pixel;
      store(index, store_y(acc[q], Place(image, quad, pixel)));
    }
  }
}

// z at one pixel of y
fn depthwise(image: u32, quad: u32, pixel: u32) -> vec4f {
  let x_area = params.x_height * params.x_width;
  let x_quad = quad_of_x(params.x, params.x_image, image, quad, x_area);
  let top = i32(pixel / params.y_width * STRIDE_H) - params.pad_top;
  let left = i32(pixel % params.y_width * STRIDE_W) - params.pad_left;
  let first_tap = params.weight + quad * KERNEL_H * KERNEL_W;
  var sum = load_weight(params.bias + quad);
  for (var u = 0u; u < KERNEL_H; u++) {
    // What is negative wraps to a large u32.
    let row = u32(top + i32(u * DILATION_H));
    for (var v = 0u; v < KERNEL_W; v++) {
      let column = u32(left + i32(v * DILATION_W));
      let inside = (row < params.x_height) & (column < params.x_width);
      let at_x = select(0u, row * params.x_width + column, inside);
      let value = select(vec4f(0.0), load(x_quad + at_x), inside);
      sum += load_weight(first_tap + u * KERNEL_W + v) * value;
    }
  }
  return store_between(sum, Place(image, quad, pixel));
}
