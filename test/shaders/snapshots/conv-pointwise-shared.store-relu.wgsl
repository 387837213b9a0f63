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

// ---- stage/relu.wgsl
// y = max(x, 0)

fn stage_0(value: vec4f, place: Place) -> vec4f {
  return max(value, vec4f(0.0));
}

// ---- conv/pointwise-shared.wgsl
// Pointwise (1x1) convolution, stride 1, of large maps: a matrix product through workgroup memory.
//
// y[o, p] = bias[o] + sum over i of weight[o, i] * x[i, p]
//
// Layout: x, y and weights as conv/pointwise.
// Dispatch: (pixels / (LANES * TILE_PIXELS), y quads / (ROWS * TILE_QUADS), images). All pixels and quads
// of a workgroup share what it reads, STEP quads of x at a time, with the 4 x 4 blocks that meet them.
// Neighbouring invocations take neighbouring pixels; each computes TILE_PIXELS pixels, LANES apart, of
// TILE_QUADS quads, ROWS apart.

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

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let first_pixel = grid.x * PIXELS;
  let first_quad = grid.y * ROWS * TILE_QUADS;
  let lane = at.local % LANES;
  let row = at.local / LANES;

  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  {
    let bias = load_weight(params.bias + min(first_quad + row + 0u * ROWS, params.y_quads - 1u));
    {
      acc[0u * TILE_QUADS + 0u] = bias;
    }
    {
      acc[1u * TILE_QUADS + 0u] = bias;
    }
    {
      acc[2u * TILE_QUADS + 0u] = bias;
    }
    {
      acc[3u * TILE_QUADS + 0u] = bias;
    }
  }
  {
    let bias = load_weight(params.bias + min(first_quad + row + 1u * ROWS, params.y_quads - 1u));
    {
      acc[0u * TILE_QUADS + 1u] = bias;
    }
    {
      acc[1u * TILE_QUADS + 1u] = bias;
    }
    {
      acc[2u * TILE_QUADS + 1u] = bias;
    }
    {
      acc[3u * TILE_QUADS + 1u] = bias;
    }
  }

  var next_x: array<vec4f, X_LOADS>;
  var next_weight: array<vec4f, WEIGHT_LOADS>;
  for (var first = 0u; first < params.x_quads + STEP; first += STEP) {
    if (first > 0u) {
      // The step before the last one may still be read.
      workgroupBarrier();
      {
        x_tile[at.local + 0u * WORKGROUP] = next_x[0u];
      }
      {
        x_tile[at.local + 1u * WORKGROUP] = next_x[1u];
      }
      {
        let index = at.local + 0u * WORKGROUP;
        weight_tile[index / (STEP * 4u) * PITCH + index % (STEP * 4u)] = next_weight[0u];
      }
      {
        let index = at.local + 1u * WORKGROUP;
        weight_tile[index / (STEP * 4u) * PITCH + index % (STEP * 4u)] = next_weight[1u];
      }
      workgroupBarrier();
    }
    // The next step is on its way from memory while this one is computed.
    if (first < params.x_quads) {
      {
        let index = at.local + 0u * WORKGROUP;
        next_x[0u] = x_at(image, first + index / PIXELS, first_pixel + index % PIXELS);
      }
      {
        let index = at.local + 1u * WORKGROUP;
        next_x[1u] = x_at(image, first + index / PIXELS, first_pixel + index % PIXELS);
      }
      {
        let index = at.local + 0u * WORKGROUP;
        next_weight[0u] = weight_at(first_quad + index / (STEP * 4u), first * 4u + index % (STEP * 4u));
      }
      {
        let index = at.local + 1u * WORKGROUP;
        next_weight[1u] = weight_at(first_quad + index / (STEP * 4u), first * 4u + index % (STEP * 4u));
      }
    }
    if (first > 0u) {
      for (var k = 0u; k < STEP; k++) {
        var x: array<vec4f, TILE_PIXELS>;
        {
          x[0u] = x_tile[k * PIXELS + 0u * LANES + lane];
        }
        {
          x[1u] = x_tile[k * PIXELS + 1u * LANES + lane];
        }
        {
          x[2u] = x_tile[k * PIXELS + 2u * LANES + lane];
        }
        {
          x[3u] = x_tile[k * PIXELS + 3u * LANES + lane];
        }
        {
          let column = (row + 0u * ROWS) * PITCH + k * 4u;
          let weight = mat4x4f(
            weight_tile[column],
            weight_tile[column + 1u],
            weight_tile[column + 2u],
            weight_tile[column + 3u],
          );
          {
            acc[0u * TILE_QUADS + 0u] += weight * x[0u];
          }
          {
            acc[1u * TILE_QUADS + 0u] += weight * x[1u];
          }
          {
            acc[2u * TILE_QUADS + 0u] += weight * x[2u];
          }
          {
            acc[3u * TILE_QUADS + 0u] += weight * x[3u];
          }
        }
        {
          let column = (row + 1u * ROWS) * PITCH + k * 4u;
          let weight = mat4x4f(
            weight_tile[column],
            weight_tile[column + 1u],
            weight_tile[column + 2u],
            weight_tile[column + 3u],
          );
          {
            acc[0u * TILE_QUADS + 1u] += weight * x[0u];
          }
          {
            acc[1u * TILE_QUADS + 1u] += weight * x[1u];
          }
          {
            acc[2u * TILE_QUADS + 1u] += weight * x[2u];
          }
          {
            acc[3u * TILE_QUADS + 1u] += weight * x[3u];
          }
        }
      }
    }
  }

  let y_start = params.y + image * params.y_image;
  {
    let quad = first_quad + row + 0u * ROWS;
    {
      let pixel = first_pixel + lane + 0u * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[0u * TILE_QUADS + 0u], Place(image, quad, pixel));
        store(y_start + quad * params.area + pixel, value);
      }
    }
    {
      let pixel = first_pixel + lane + 1u * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[1u * TILE_QUADS + 0u], Place(image, quad, pixel));
        store(y_start + quad * params.area + pixel, value);
      }
    }
    {
      let pixel = first_pixel + lane + 2u * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[2u * TILE_QUADS + 0u], Place(image, quad, pixel));
        store(y_start + quad * params.area + pixel, value);
      }
    }
    {
      let pixel = first_pixel + lane + 3u * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[3u * TILE_QUADS + 0u], Place(image, quad, pixel));
        store(y_start + quad * params.area + pixel, value);
      }
    }
  }
  {
    let quad = first_quad + row + 1u * ROWS;
    {
      let pixel = first_pixel + lane + 0u * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[0u * TILE_QUADS + 1u], Place(image, quad, pixel));
        store(y_start + quad * params.area + pixel, value);
      }
    }
    {
      let pixel = first_pixel + lane + 1u * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[1u * TILE_QUADS + 1u], Place(image, quad, pixel));
        store(y_start + quad * params.area + pixel, value);
      }
    }
    {
      let pixel = first_pixel + lane + 2u * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[2u * TILE_QUADS + 1u], Place(image, quad, pixel));
        store(y_start + quad * params.area + pixel, value);
      }
    }
    {
      let pixel = first_pixel + lane + 3u * LANES;
      if ((quad < params.y_quads) & (pixel < params.area)) {
        let value = store_y(acc[3u * TILE_QUADS + 1u], Place(image, quad, pixel));
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
