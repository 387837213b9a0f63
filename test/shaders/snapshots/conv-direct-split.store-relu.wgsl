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

// ---- conv/direct-split.wgsl
// k x k convolution of small maps, as conv/direct: invocations share the sums over taps and channels.
//
// y[o, i, j] = bias[o] + sum over c, u, v of
//   weight[o, c, u, v] * x[c, i * stride - top + u * dilation, j * stride - left + v * dilation]
//
// Layout: x, y and weights as conv/direct.
// Dispatch: (pixels / (LANES * TILE_PIXELS), y quads / TILE_QUADS, images). A workgroup has SPLIT slices of
// LANES invocations: slice s takes the blocks s, s + SPLIT, ... of a quad of y, counted over taps and
// quads of x. Groups begin on quads; a tile lies within one group.

override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
const LANES = 8u;
const SPLIT = 16u;
const TILE_PIXELS = 2u;
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

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

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
  {
    let pixel = min(first_pixel + 0u * LANES + lane, area - 1u);
    corner[0u] = vec2i(
      i32(pixel / params.y_width * STRIDE_H) - params.pad_top,
      i32(pixel % params.y_width * STRIDE_W) - params.pad_left,
    );
  }
  {
    let pixel = min(first_pixel + 1u * LANES + lane, area - 1u);
    corner[1u] = vec2i(
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
    {
      // What is negative wraps to a large u32.
      let position = vec2u(corner[0u] + shift);
      let inside = (position.x < params.x_height) & (position.y < params.x_width);
      let pixel = select(0u, position.x * params.x_width + position.y, inside);
      let value = load_x(load(x_quad + pixel), Place(image, k, pixel));
      x[0u] = select(vec4f(0.0), value, inside);
    }
    {
      // What is negative wraps to a large u32.
      let position = vec2u(corner[1u] + shift);
      let inside = (position.x < params.x_height) & (position.y < params.x_width);
      let pixel = select(0u, position.x * params.x_width + position.y, inside);
      let value = load_x(load(x_quad + pixel), Place(image, k, pixel));
      x[1u] = select(vec4f(0.0), value, inside);
    }
    {
      let quad = min(first_quad + 0u, params.y_quads - 1u);
      let block = params.weight + (quad * blocks + i) * 4u;
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
    if ((quad < params.y_quads) & (pixel < area)) {
      let value = load_weight(params.bias + quad) + fold_slices(i);
      let y_quad = params.y + image * params.y_image + quad * area;
      store(y_quad + pixel, store_y(value, Place(image, quad, pixel)));
    }
  }
}
