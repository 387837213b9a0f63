// ---- shared/memory.wgsl
// Activations and constants in f32: the arena holds every activation of a plan, in quads.

@group(0) @binding(1) var<storage, read_write> arena: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;

fn load(index: u32) -> vec4f {
  return arena[index];
}

fn store(index: u32, value: vec4f) {
  arena[index] = value;
}

fn load_weight(index: u32) -> vec4f {
  return weights[index];
}

// ---- shared/place.wgsl
// Which quad of a tensor a value belongs to: stages find their operands by it.

struct Place {
  image: u32,
  quad: u32,
  // y * width + x
  pixel: u32,
}

// ---- shared/quad-of-x.wgsl
// Where a quad of x lies; x is in one piece.

fn quad_of_x(x: u32, image_stride: u32, image: u32, quad: u32, area: u32) -> u32 {
  return x + image * image_stride + quad * area;
}

// ---- shared/grid.wgsl
// The position of a workgroup in the grid that its kernel asked for.

fn grid_position(id: vec3u) -> vec3u {
  return id;
}

// ---- shared/invocation.wgsl
// The position of an invocation in the grid.

struct Invocation {
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) local: u32,
}

// ---- shared/weight-block.wgsl
// A 4 x 4 block of weights: column i is the weights of input channel i for 4 output channels.

fn weight_block(index: u32, at: Invocation) -> mat4x4f {
  return mat4x4f(
    load_weight(index),
    load_weight(index + 1u),
    load_weight(index + 2u),
    load_weight(index + 3u),
  );
}

// ---- stage/relu6.wgsl
// y = min(max(x, 0), 6)

fn stage_0(value: vec4f, place: Place) -> vec4f {
  return clamp(value, vec4f(0.0), vec4f(6.0));
}

// ---- stage/relu6.wgsl
// y = min(max(x, 0), 6)

fn stage_1(value: vec4f, place: Place) -> vec4f {
  return clamp(value, vec4f(0.0), vec4f(6.0));
}

// ---- conv/depthwise-pointwise-shared.wgsl
// Depthwise convolution and the pointwise convolution of its result, through workgroup memory: a workgroup
// computes what lies between once for all of its quads of y, CHUNK quads of x at a time.
//
// z[c, i, j] = between(bias[c] + sum over u, v of depthwise[c, u, v] * x[c, i * stride - top + u * dilation, ...])
// y[o, i, j] = pointwise_bias[o] + sum over c of pointwise[o, c] * z[c, i, j]
//
// Layout: x and y in channel quads; depthwise [quad][tap] of vec4; pointwise [y quad][x quad] of 4 x 4 blocks.
// Dispatch: (pixels / TILE_PIXELS, y quads / (TILE_QUADS * WORKGROUP / TILE_PIXELS), images). WORKGROUP is a
// multiple of TILE_PIXELS; lanes TILE_PIXELS apart have the same pixel and other quads.

override WORKGROUP: u32 = 64;
override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
const TILE_PIXELS = 8u;
const TILE_QUADS = 1u;
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

fn store_between(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_1(value, place);
}

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
  {
    let quad = min(first_quad + 0u, last_quad);
    block[0u] = params.pointwise + quad * params.x_quads * 4u;
    acc[0u] = load_weight(params.pointwise_bias + quad);
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
      {
        acc[0u] += weight_block(block[0u] + (first + k) * 4u, at) * z;
      }
    }
  }

  let pixel = first_pixel + lane_pixel;
  {
    let quad = first_quad + 0u;
    if ((quad <= last_quad) & (pixel <= last_pixel)) {
      let index = params.y + image * params.y_image + quad * (last_pixel + 1u) + pixel;
      store(index, store_y(acc[0u], Place(image, quad, pixel)));
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
