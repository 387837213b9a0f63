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

// ---- conv/winograd.wgsl
// 3 x 3 convolution, stride 1, by Winograd's minimal filtering F(2 x 2, 3 x 3): 16 products for 4 outputs,
// where the sum over taps takes 36.
//
// y = bias + A^T [sum over c of (G w_c G^T) * (B^T x_c B)] A for each tile of 2 x 2 pixels of y, from 4 x 4 of x
//
// Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, arXiv:1509.09308, section 4.1.
// Layout: x and y in channel quads; weights G w G^T [x quad][position][channel][y quad] of vec4, a lane
// for each output channel, with 16 positions in row-major order.
// Dispatch: (tiles / TILES, y quads / (4 * TILE_QUADS), images), tiles in row-major order. A workgroup
// transforms STEP quads of x at a time, then 16 invocations for each position multiply: 4 x 4 of them, each
// with TILE_TILES tiles, 4 apart, of TILE_QUADS quads, 4 apart.

const TILE_TILES = 4u;
// of 4 tiles of an invocation: 16 tiles of the workgroup
const TILE_GROUPS = 1u;
const TILE_QUADS = 1u;

const TILES = 4u * TILE_TILES;
const STEP = 16u / TILE_TILES;

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
  // of an image
  tiles: u32,
  // of a row of them
  tiles_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

// [quad of the step][position][tile] of x; then [position][quad][tile] of y
var<workgroup> transformed: array<vec4f, 1024>;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

@compute @workgroup_size(256)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let first_tile = grid.x * TILES;
  let first_quad = grid.y * 4u * TILE_QUADS;
  let last_quad = params.y_quads - 1u;
  let position = at.local / 16u;
  let quad_lane = at.local / 4u % 4u;
  let tile_lane = at.local % 4u;

  var acc: array<vec4f, TILE_TILES * TILE_QUADS>;
  for (var first = 0u; first < params.x_quads; first += STEP) {
    // The step before this one may still be read.
    workgroupBarrier();
    transform_x(image, first, first_tile, at.local);
    workgroupBarrier();
    for (var k = 0u; k < min(STEP, params.x_quads - first); k++) {
      var x: array<vec4f, TILE_TILES>;
      {
        x[0u] = transformed[(k * 16u + position) * TILES + 0u * 4u + tile_lane];
      }
      {
        x[1u] = transformed[(k * 16u + position) * TILES + 1u * 4u + tile_lane];
      }
      {
        x[2u] = transformed[(k * 16u + position) * TILES + 2u * 4u + tile_lane];
      }
      {
        x[3u] = transformed[(k * 16u + position) * TILES + 3u * 4u + tile_lane];
      }
      let columns = params.weight + ((first + k) * 16u + position) * 4u * params.y_quads;
      {
        let column = columns + min(first_quad + 0u * 4u + quad_lane, last_quad);
        let weight = mat4x4f(
          load_weight(column),
          load_weight(column + params.y_quads),
          load_weight(column + 2u * params.y_quads),
          load_weight(column + 3u * params.y_quads),
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
    }
  }

  // Each pixel of y wants 9 positions of its tile: 16 tiles of 4 quads are exchanged at a time.
  {
    {
      workgroupBarrier();
      {
        transformed[position * 64u + quad_lane * 16u + 0u * 4u + tile_lane] =
          acc[(0u * 4u + 0u) * TILE_QUADS + 0u];
      }
      {
        transformed[position * 64u + quad_lane * 16u + 1u * 4u + tile_lane] =
          acc[(0u * 4u + 1u) * TILE_QUADS + 0u];
      }
      {
        transformed[position * 64u + quad_lane * 16u + 2u * 4u + tile_lane] =
          acc[(0u * 4u + 2u) * TILE_QUADS + 0u];
      }
      {
        transformed[position * 64u + quad_lane * 16u + 3u * 4u + tile_lane] =
          acc[(0u * 4u + 3u) * TILE_QUADS + 0u];
      }
      workgroupBarrier();
      store_pixel(image, first_quad + 0u * 4u, first_tile + 0u * 16u, at.local);
    }
  }
}

// One row of B^T x B, for one tile and quad: B^T has the rows (1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0)
// and (0, 1, 0, -1).
fn transform_x(image: u32, first: u32, first_tile: u32, local: u32) {
  let lane = local % TILES;
  let row = local / TILES % 4u;
  let k = local / (4u * TILES);
  let tile = min(first_tile + lane, params.tiles - 1u);
  let top = i32(tile / params.tiles_width * 2u) - params.pad_top;
  let left = i32(tile % params.tiles_width * 2u) - params.pad_left;
  let quad = min(first + k, params.x_quads - 1u);
  let x_quad = quad_of_x(params.x, params.x_image, image, quad, params.x_height * params.x_width);
  let upper = top + i32(select(row, 1u, row == 3u));
  let lower = top + i32(select(select(2u, 1u, row == 2u), 3u, row == 3u));
  let sign = select(-1.0, 1.0, row == 1u);
  var sums: array<vec4f, 4>;
  {
    let column = left + i32(0u);
    sums[0u] = x_at(x_quad, image, quad, upper, column) + sign * x_at(x_quad, image, quad, lower, column);
  }
  {
    let column = left + i32(1u);
    sums[1u] = x_at(x_quad, image, quad, upper, column) + sign * x_at(x_quad, image, quad, lower, column);
  }
  {
    let column = left + i32(2u);
    sums[2u] = x_at(x_quad, image, quad, upper, column) + sign * x_at(x_quad, image, quad, lower, column);
  }
  {
    let column = left + i32(3u);
    sums[3u] = x_at(x_quad, image, quad, upper, column) + sign * x_at(x_quad, image, quad, lower, column);
  }
  let index = (k * 16u + row * 4u) * TILES + lane;
  transformed[index] = sums[0] - sums[2];
  transformed[index + TILES] = sums[1] + sums[2];
  transformed[index + 2u * TILES] = sums[2] - sums[1];
  transformed[index + 3u * TILES] = sums[1] - sums[3];
}

// zero beyond the image
fn x_at(x_quad: u32, image: u32, quad: u32, row: i32, column: i32) -> vec4f {
  // What is negative wraps to a large u32.
  let inside = (u32(row) < params.x_height) & (u32(column) < params.x_width);
  let pixel = select(0u, u32(row) * params.x_width + u32(column), inside);
  return select(vec4f(0.0), load_x(load(x_quad + pixel), Place(image, quad, pixel)), inside);
}

// One pixel of A^T m A: A^T has the rows (1, 1, 1, 0) and (0, 1, -1, -1).
fn store_pixel(image: u32, first_quad: u32, first_tile: u32, local: u32) {
  let lane = local / 64u;
  let down = local / 32u % 2u;
  let right = local % 2u;
  let tile = first_tile + local % 32u / 2u;
  let row = tile / params.tiles_width * 2u + down;
  let column = tile % params.tiles_width * 2u + right;
  let quad = first_quad + lane;
  if ((quad < params.y_quads) & (tile < params.tiles) & (row < params.y_height) & (column < params.y_width)) {
    let index = (down * 4u + right) * 64u + lane * 16u + local % 32u / 2u;
    let sign = select(1.0, -1.0, down == 1u);
    let sum = across(index, right) + sign * (across(index + 256u, right) + across(index + 512u, right));
    let pixel = row * params.y_width + column;
    let y_quad = params.y + image * params.y_image + quad * params.y_height * params.y_width;
    let value = load_weight(params.bias + quad) + sum;
    store(y_quad + pixel, store_y(value, Place(image, quad, pixel)));
  }
}

// The three columns of a row of m that a pixel wants.
fn across(index: u32, right: u32) -> vec4f {
  let sign = select(1.0, -1.0, right == 1u);
  return transformed[index] + sign * (transformed[index + 64u] + transformed[index + 128u]);
}
