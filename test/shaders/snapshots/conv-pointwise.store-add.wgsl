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

// ---- stage/add.wgsl
// y = x + operand
// The second operand of a stage: a tensor that broadcasts to the value, from the arena or a constant.

const FROM_WEIGHTS_0 = false;

struct Operand_0 {
  offset: u32,
  // vec4s from one image, quad or pixel to the next; 0 where the operand has size 1
  image_stride: u32,
  quad_stride: u32,
  pixel_stride: u32,
  // 1: the operand has one channel, in lane 0, which serves all four
  splat: u32,
}
@group(1) @binding(0) var<uniform> operand_at_0: Operand_0;

//#slot load_operand
fn load_operand_0(value: vec4f, place: Place) -> vec4f { return value; }

fn operand_0(place: Place) -> vec4f {
  let index = operand_at_0.offset + place.image * operand_at_0.image_stride
    + place.quad * operand_at_0.quad_stride + place.pixel * operand_at_0.pixel_stride;
  var quad: vec4f;
  if (FROM_WEIGHTS_0) {
    quad = load_weight(index);
  } else {
    quad = load(index);
  }
  return load_operand_0(select(quad, quad.xxxx, operand_at_0.splat == 1u), place);
}

fn stage_0(value: vec4f, place: Place) -> vec4f {
  let a = value;
  let b = operand_0(place);
  return a + b;
}

// ---- conv/pointwise.wgsl
// Pointwise (1x1) convolution, stride 1: a matrix product over pixels, in registers.
//
// y[o, p] = bias[o] + sum over i of weight[o, i] * x[i, p]
//
// Layout: x and y in channel quads; weights [y quad][x quad] of 4 x 4 blocks (shared/weight-block).
// Dispatch: (pixels / (WORKGROUP * TILE_PIXELS), y quads / TILE_QUADS, images). Neighbouring
// invocations take neighbouring pixels; each computes TILE_PIXELS pixels, WORKGROUP apart, of
// TILE_QUADS quads.

override WORKGROUP: u32 = 8;
const TILE_PIXELS = 1u;
// At most 4: one block of weights holds a tile's biases.
const TILE_QUADS = 1u;

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

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let first_pixel = grid.x * WORKGROUP * TILE_PIXELS + at.local;
  let first_quad = grid.y * TILE_QUADS;
  let last_pixel = params.area - 1u;
  let last_quad = params.y_quads - 1u;

  let bias = weight_block(params.bias + first_quad, at);
  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  {
    let quad = min(first_quad + 0u, last_quad);
    block[0u] = params.weight + quad * params.x_quads * 4u;
    {
      acc[0u * TILE_QUADS + 0u] = bias[0u];
    }
  }

  for (var k = 0u; k < params.x_quads; k++) {
    let x_quad = quad_of_x(params.x, params.x_image, image, k, params.area);
    hold_x(Place(image, k, 0u));
    // All loads before all products: measured 1.5x faster on the software adapter.
    var x: array<vec4f, TILE_PIXELS>;
    {
      let pixel = min(first_pixel + 0u * WORKGROUP, last_pixel);
      x[0u] = load_x(load(x_quad + pixel), Place(image, k, pixel));
    }
    var weight: array<mat4x4f, TILE_QUADS>;
    {
      weight[0u] = weight_block(block[0u] + k * 4u, at);
    }
    {
      {
        acc[0u * TILE_QUADS + 0u] += weight[0u] * x[0u];
      }
    }
  }

  let y_start = params.y + image * params.y_image;
  // A loop, in which the tile moves up: written out, stores are half of what there is to compile.
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = first_pixel + p * WORKGROUP;
    if (pixel > last_pixel) {
      return;
    }
    {
      let quad = first_quad + 0u;
      if (quad <= last_quad) {
        store(y_start + quad * params.area + pixel, store_y(acc[0u], Place(image, quad, pixel)));
      }
    }
    {
      {
        acc[0u * TILE_QUADS + 0u] = acc[min(0u + 1u, TILE_PIXELS - 1u) * TILE_QUADS + 0u];
      }
    }
  }
}
