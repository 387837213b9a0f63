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

// ---- conv/fold-slices.wgsl
// Sums what the SPLIT slices of a workgroup have added up for the same SUMS quads of y.
// The kernel declares SPLIT and SUMS. A barrier lies between what is written and what is read.

var<workgroup> slice_sums: array<vec4f, SPLIT * SUMS>;

fn put_slice(slice: u32, index: u32, sum: vec4f) {
  slice_sums[slice * SUMS + index] = sum;
}

fn fold_slices(index: u32) -> vec4f {
  var sum = slice_sums[index];
  for (var slice = 1u; slice < SPLIT; slice++) {
    sum += slice_sums[slice * SUMS + index];
  }
  return sum;
}

// ---- stage/relu.wgsl
// y = max(x, 0)

fn stage_0(value: vec4f, place: Place) -> vec4f {
  return max(value, vec4f(0.0));
}

// ---- conv/pointwise-split.wgsl
// Pointwise (1x1) convolution, stride 1, of small maps: invocations share the sums over channels.
//
// y[o, p] = bias[o] + sum over i of weight[o, i] * x[i, p]
//
// Layout: x, y and weights as conv/pointwise.
// Dispatch: (pixels / (LANES * TILE_PIXELS), y quads / TILE_QUADS, images). A workgroup has SPLIT slices of
// LANES invocations: slice s reads the quads s, s + SPLIT, ... of x. Neighbouring invocations take
// neighbouring pixels; each computes TILE_PIXELS pixels, LANES apart, of TILE_QUADS quads.

const LANES = 8u;
const SPLIT = 8u;
const TILE_PIXELS = 2u;
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

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

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
    {
      let pixel = min(first_pixel + 0u * LANES + lane, params.area - 1u);
      x[0u] = load_x(load(x_quad + pixel), Place(image, k, pixel));
    }
    {
      let pixel = min(first_pixel + 1u * LANES + lane, params.area - 1u);
      x[1u] = load_x(load(x_quad + pixel), Place(image, k, pixel));
    }
    {
      let quad = min(first_quad + 0u, params.y_quads - 1u);
      let block = params.weight + (quad * params.x_quads + k) * 4u;
      let weight = mat4x4f(
        load_weight(block),
        load_weight(block + 1u),
        load_weight(block + 2u),
        load_weight(block + 3u),
      );
      {
        acc[0u * TILE_QUADS + 0u] += weight * x[0u];
      }
      {
        acc[1u * TILE_QUADS + 0u] += weight * x[1u];
      }
    }
  }

  {
    {
      put_slice(slice, 0u * PIXELS + 0u * LANES + lane, acc[0u * TILE_QUADS + 0u]);
    }
    {
      put_slice(slice, 0u * PIXELS + 1u * LANES + lane, acc[1u * TILE_QUADS + 0u]);
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
