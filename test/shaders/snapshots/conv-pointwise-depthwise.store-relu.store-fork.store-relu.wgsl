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

// ---- stage/relu.wgsl
// y = max(x, 0)

fn stage_0(value: vec4f, place: Place) -> vec4f {
  return max(value, vec4f(0.0));
}

// ---- stage/fork.wgsl
// y = x, and stores a function of x as a second tensor.

struct Target_1 {
  offset: u32,
  // vec4s from one image or quad to the next
  image_stride: u32,
  quad_stride: u32,
}
@group(1) @binding(0) var<uniform> target_at_1: Target_1;

//#slot fork_value
fn fork_value_1(value: vec4f, place: Place) -> vec4f { return value; }

fn stage_1(value: vec4f, place: Place) -> vec4f {
  let index = target_at_1.offset + place.image * target_at_1.image_stride
    + place.quad * target_at_1.quad_stride + place.pixel;
  store(index, fork_value_1(value, place));
  return value;
}

// ---- stage/relu.wgsl
// y = max(x, 0)

fn stage_2(value: vec4f, place: Place) -> vec4f {
  return max(value, vec4f(0.0));
}

// ---- conv/pointwise-depthwise.wgsl
// Pointwise convolution and the depthwise convolution of its result, in registers: a strip of TILE_W columns
// walks down the image, computes a row of what lies between on all columns that it reads, and adds what this
// row has to give to the PENDING rows of y. Where strips meet, both compute what lies between. The file is long
// since its phases (row of z, storing z, windows, storing y) share registers, which functions would have to copy.
//
// z[c, i, j] = between(pointwise_bias[c] + sum over k of pointwise[c, k] * x[k, i, j]), 0 outside of the map
// y[c, i, j] = bias[c] + sum over u, v of weight[c, u, v] * z[c, i * stride - top + u * dilation, ...]
//
// Layout: x, z and y in channel quads; pointwise [z quad][x quad] of 4 x 4 blocks; weight [quad][tap] of vec4.
// Dispatch: (strips / WORKGROUP, y quads / TILE_QUADS, images); a strip is TILE_W columns of `tile_rows` rows.

override WORKGROUP: u32 = 8;
const TILE_W = 1u;
const TILE_QUADS = 1u;
const KERNEL_H = 3u;
const KERNEL_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const DILATION_H = 1u;
const DILATION_W = 1u;
// Columns that a row of the strip reads, counted in STEP_W.
const SPAN_W = 3u;
// The greatest common divisor of stride and dilation: no column between is read.
const STEP_W = 1u;
// Those among them that some strip has inside of the map: LIVE_W from LIVE_FROM on.
const LIVE_FROM = 0u;
const LIVE_W = 3u;
// Rows from the first to the last that a window reads, and the windows in which one row can be.
const ROWS = 3u;
const PENDING = 3u;
// Whether z is stored too, which takes a stride of 1 and a y of its size; then Z_FROM is the padding on the left.
const STORES_Z = true;
const Z_FROM = 1u;

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
  // strips in a row of strips, and in the image
  strips_across: u32,
  strips: u32,
  tile_rows: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

//#hold load_x
fn hold_x(place: Place) {}

fn store_between(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

fn store_z(value: vec4f, place: Place) -> vec4f {
  return stage_1(value, place);
}

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_2(value, place);
}

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let strip = grid.x * WORKGROUP + at.local;
  let first_quad = grid.y * TILE_QUADS;
  let last_quad = params.y_quads - 1u;
  let first_row = strip / params.strips_across * params.tile_rows;
  let first_column = strip % params.strips_across * TILE_W;
  // None where there are fewer strips than invocations.
  let rows = select(0u, min(params.tile_rows, params.y_height - first_row), strip < params.strips);
  let end_column = min(first_column + TILE_W, params.y_width);
  let x_area = params.x_height * params.x_width;
  let y_area = params.y_height * params.y_width;
  let y_image = params.y + image * params.y_image;
  let top = i32(first_row * STRIDE_H) - params.pad_top;
  let left = i32(first_column * STRIDE_W) - params.pad_left;

  var column: array<u32, LIVE_W>;
  var inside: array<bool, LIVE_W>;
  {
    // What is negative wraps to a large u32.
    let j = u32(left + i32((LIVE_FROM + 0u) * STEP_W));
    inside[0u] = j < params.x_width;
    column[0u] = select(0u, j, inside[0u]);
  }
  {
    // What is negative wraps to a large u32.
    let j = u32(left + i32((LIVE_FROM + 1u) * STEP_W));
    inside[1u] = j < params.x_width;
    column[1u] = select(0u, j, inside[1u]);
  }
  {
    // What is negative wraps to a large u32.
    let j = u32(left + i32((LIVE_FROM + 2u) * STEP_W));
    inside[2u] = j < params.x_width;
    column[2u] = select(0u, j, inside[2u]);
  }
  var bias: array<vec4f, TILE_QUADS>;
  var sums: array<vec4f, PENDING * TILE_W * TILE_QUADS>;
  {
    bias[0u] = load_weight(params.bias + min(first_quad + 0u, last_quad));
    {
      sums[0u * TILE_QUADS + 0u] = bias[0u];
    }
    {
      sums[1u * TILE_QUADS + 0u] = bias[0u];
    }
    {
      sums[2u * TILE_QUADS + 0u] = bias[0u];
    }
  }

  // The row of the strip whose sums come first.
  var oldest = 0u;
  for (var r = 0u; r < (params.tile_rows - 1u) * STRIDE_H + ROWS; r++) {
    let row = u32(top + i32(r));
    let row_inside = row < params.x_height;
    let row_start = select(0u, row, row_inside) * params.x_width;
    var z: array<vec4f, SPAN_W * TILE_QUADS>;
    {
      let pointwise_bias = load_weight(params.pointwise_bias + min(first_quad + 0u, last_quad));
      {
        z[(LIVE_FROM + 0u) * TILE_QUADS + 0u] = pointwise_bias;
      }
      {
        z[(LIVE_FROM + 1u) * TILE_QUADS + 0u] = pointwise_bias;
      }
      {
        z[(LIVE_FROM + 2u) * TILE_QUADS + 0u] = pointwise_bias;
      }
    }
    // Where strips have all rows of the map, those of the padding take no products.
    let is_padding = (params.tile_rows >= params.y_height) & (u32(i32(r) - params.pad_top) >= params.x_height);
    for (var k = 0u; k < select(params.x_quads, 0u, is_padding); k++) {
      let x_quad = quad_of_x(params.x, params.x_image, image, k, x_area);
      hold_x(Place(image, k, 0u));
      // All loads before all products, as in conv/pointwise.
      var x: array<vec4f, LIVE_W>;
      {
        let pixel = row_start + column[0u];
        x[0u] = load_x(load(x_quad + pixel), Place(image, k, pixel));
      }
      {
        let pixel = row_start + column[1u];
        x[1u] = load_x(load(x_quad + pixel), Place(image, k, pixel));
      }
      {
        let pixel = row_start + column[2u];
        x[2u] = load_x(load(x_quad + pixel), Place(image, k, pixel));
      }
      var block: array<mat4x4f, TILE_QUADS>;
      {
        block[0u] = weight_block(params.pointwise + (min(first_quad + 0u, last_quad) * params.x_quads + k) * 4u, at);
      }
      {
        {
          z[(LIVE_FROM + 0u) * TILE_QUADS + 0u] += block[0u] * x[0u];
        }
      }
      {
        {
          z[(LIVE_FROM + 1u) * TILE_QUADS + 0u] += block[0u] * x[1u];
        }
      }
      {
        {
          z[(LIVE_FROM + 2u) * TILE_QUADS + 0u] += block[0u] * x[2u];
        }
      }
    }

    {
      {
        let place = Place(image, min(first_quad + 0u, last_quad), row_start + column[0u]);
        let value = store_between(z[(LIVE_FROM + 0u) * TILE_QUADS + 0u], place);
        // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
        z[(LIVE_FROM + 0u) * TILE_QUADS + 0u] = select(vec4f(0.0), value, row_inside & inside[0u]);
      }
    }
    {
      {
        let place = Place(image, min(first_quad + 0u, last_quad), row_start + column[1u]);
        let value = store_between(z[(LIVE_FROM + 1u) * TILE_QUADS + 0u], place);
        // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
        z[(LIVE_FROM + 1u) * TILE_QUADS + 0u] = select(vec4f(0.0), value, row_inside & inside[1u]);
      }
    }
    {
      {
        let place = Place(image, min(first_quad + 0u, last_quad), row_start + column[2u]);
        let value = store_between(z[(LIVE_FROM + 2u) * TILE_QUADS + 0u], place);
        // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
        z[(LIVE_FROM + 2u) * TILE_QUADS + 0u] = select(vec4f(0.0), value, row_inside & inside[2u]);
      }
    }
    if (STORES_Z & (u32(i32(r) - params.pad_top) < rows)) {
      var stored: array<vec4f, TILE_W * TILE_QUADS>;
      {
        stored[0u] = z[Z_FROM * TILE_QUADS + 0u];
      }
      for (var z_column = first_column; z_column < end_column; z_column++) {
        {
          if (first_quad + 0u <= last_quad) {
            store_z(stored[0u], Place(image, first_quad + 0u, row_start + z_column));
          }
          {
            stored[0u * TILE_QUADS + 0u] = stored[min(0u + 1u, TILE_W - 1u) * TILE_QUADS + 0u];
          }
        }
      }
    }

    // A loop, in which each row of y is first in its turn: written out, windows are much of what there is to compile.
    for (var p = 0u; p < PENDING; p++) {
      let tap_row = r - (oldest + p) * STRIDE_H;
      if ((tap_row < ROWS) & (tap_row % DILATION_H == 0u)) {
        {
          let first_tap = (min(first_quad + 0u, last_quad) * KERNEL_H + tap_row / DILATION_H) * KERNEL_W;
          {
            let weight = load_weight(params.weight + first_tap + 0u);
            {
              sums[0u * TILE_QUADS + 0u] += weight * z[(0u * STRIDE_W + 0u * DILATION_W) / STEP_W * TILE_QUADS + 0u];
            }
          }
          {
            let weight = load_weight(params.weight + first_tap + 1u);
            {
              sums[0u * TILE_QUADS + 0u] += weight * z[(0u * STRIDE_W + 1u * DILATION_W) / STEP_W * TILE_QUADS + 0u];
            }
          }
          {
            let weight = load_weight(params.weight + first_tap + 2u);
            {
              sums[0u * TILE_QUADS + 0u] += weight * z[(0u * STRIDE_W + 2u * DILATION_W) / STEP_W * TILE_QUADS + 0u];
            }
          }
        }
      }
      {
        let first = sums[0u];
        {
          sums[0u * TILE_W * TILE_QUADS + 0u] = sums[min(0u + 1u, PENDING - 1u) * TILE_W * TILE_QUADS + 0u];
        }
        {
          sums[1u * TILE_W * TILE_QUADS + 0u] = sums[min(1u + 1u, PENDING - 1u) * TILE_W * TILE_QUADS + 0u];
        }
        {
          sums[2u * TILE_W * TILE_QUADS + 0u] = sums[min(2u + 1u, PENDING - 1u) * TILE_W * TILE_QUADS + 0u];
        }
        sums[(PENDING - 1u) * TILE_W * TILE_QUADS + 0u] = first;
      }
    }

    if (r == oldest * STRIDE_H + ROWS - 1u) {
      let stored_columns = select(first_column, end_column, oldest < rows);
      for (var y_column = first_column; y_column < stored_columns; y_column++) {
        let pixel = (first_row + oldest) * params.y_width + y_column;
        {
          let quad = first_quad + 0u;
          if (quad <= last_quad) {
            store(y_image + quad * y_area + pixel, store_y(sums[0u], Place(image, quad, pixel)));
          }
          {
            sums[0u * TILE_QUADS + 0u] = sums[min(0u + 1u, TILE_W - 1u) * TILE_QUADS + 0u];
          }
        }
      }
      {
        {
          {
            sums[(0u * TILE_W + 0u) * TILE_QUADS + 0u] = sums[(min(0u + 1u, PENDING - 1u) * TILE_W + 0u) * TILE_QUADS + 0u];
          }
          {
            sums[(1u * TILE_W + 0u) * TILE_QUADS + 0u] = sums[(min(1u + 1u, PENDING - 1u) * TILE_W + 0u) * TILE_QUADS + 0u];
          }
          {
            sums[(2u * TILE_W + 0u) * TILE_QUADS + 0u] = sums[(min(2u + 1u, PENDING - 1u) * TILE_W + 0u) * TILE_QUADS + 0u];
          }
          sums[((PENDING - 1u) * TILE_W + 0u) * TILE_QUADS + 0u] = bias[0u];
        }
      }
      oldest++;
    }
  }
}
