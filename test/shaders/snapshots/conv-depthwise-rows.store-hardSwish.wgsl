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

// ---- stage/hard-swish.wgsl
// y = x * relu6(x + 3) / 6 (Howard et al., MobileNetV3, arXiv 1905.02244, section 5.2)

fn stage_0(value: vec4f, place: Place) -> vec4f {
  return value * clamp(value + 3.0, vec4f(0.0), vec4f(6.0)) * (1.0 / 6.0);
}

// ---- conv/depthwise-rows.wgsl
// Depthwise convolution, rows dilated by 1: a strip of TILE_W columns walks down the image and keeps
// the KERNEL_H input rows that it needs in registers, so that each is loaded once.
//
// y[c, i, j] = bias[c] + sum over u, v of weight[c, u, v] * x[c, i * stride - top + u, j * stride - left + v * dilation]
//
// Layout: x and y in channel quads; weights [quad][tap] of vec4.
// Dispatch: (quads * strips / WORKGROUP, 1, images); a strip is TILE_W columns of `tile_rows` rows.

override WORKGROUP: u32 = 8;
const TILE_W = 1u;
const KERNEL_H = 5u;
const KERNEL_W = 5u;
const STRIDE_H = 2u;
const STRIDE_W = 2u;
const DILATION_W = 1u;
// Columns that a row of the strip reads, counted in STEP_W.
const SPAN_W = 5u;
// The greatest common divisor of stride and dilation: no column between is read.
const STEP_W = 1u;
// Rows of registers that move up by one for each input row: KERNEL_H - 1.
const KEPT_ROWS = 4u;

struct Params {
  x: u32,
  x_image: u32,
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

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let index = grid.x * WORKGROUP + at.local;
  let quad = index / params.strips;
  if (quad >= params.y_quads) {
    return;
  }
  let strip = index % params.strips;
  let first_row = strip / params.strips_across * params.tile_rows;
  let first_column = strip % params.strips_across * TILE_W;
  let x_area = params.x_height * params.x_width;
  let x_quad = quad_of_x(params.x, params.x_image, image, quad, x_area);
  let y_quad = params.y + image * params.y_image + quad * params.y_height * params.y_width;
  let top = i32(first_row * STRIDE_H) - params.pad_top;
  let left = i32(first_column * STRIDE_W) - params.pad_left;

  hold_x(Place(image, quad, 0u));
  let bias = load_weight(params.bias + quad);
  var weight: array<vec4f, KERNEL_H * KERNEL_W>;
  // Row by row, and the rows move up: written out, these loads are much of what there is to compile.
  for (var u = 0u; u < KERNEL_H; u++) {
    {
      {
        weight[0u * KERNEL_W + 0u] = weight[min(0u + 1u, KERNEL_H - 1u) * KERNEL_W + 0u];
      }
      {
        weight[0u * KERNEL_W + 1u] = weight[min(0u + 1u, KERNEL_H - 1u) * KERNEL_W + 1u];
      }
      {
        weight[0u * KERNEL_W + 2u] = weight[min(0u + 1u, KERNEL_H - 1u) * KERNEL_W + 2u];
      }
      {
        weight[0u * KERNEL_W + 3u] = weight[min(0u + 1u, KERNEL_H - 1u) * KERNEL_W + 3u];
      }
      {
        weight[0u * KERNEL_W + 4u] = weight[min(0u + 1u, KERNEL_H - 1u) * KERNEL_W + 4u];
      }
    }
    {
      {
        weight[1u * KERNEL_W + 0u] = weight[min(1u + 1u, KERNEL_H - 1u) * KERNEL_W + 0u];
      }
      {
        weight[1u * KERNEL_W + 1u] = weight[min(1u + 1u, KERNEL_H - 1u) * KERNEL_W + 1u];
      }
      {
        weight[1u * KERNEL_W + 2u] = weight[min(1u + 1u, KERNEL_H - 1u) * KERNEL_W + 2u];
      }
      {
        weight[1u * KERNEL_W + 3u] = weight[min(1u + 1u, KERNEL_H - 1u) * KERNEL_W + 3u];
      }
      {
        weight[1u * KERNEL_W + 4u] = weight[min(1u + 1u, KERNEL_H - 1u) * KERNEL_W + 4u];
      }
    }
    {
      {
        weight[2u * KERNEL_W + 0u] = weight[min(2u + 1u, KERNEL_H - 1u) * KERNEL_W + 0u];
      }
      {
        weight[2u * KERNEL_W + 1u] = weight[min(2u + 1u, KERNEL_H - 1u) * KERNEL_W + 1u];
      }
      {
        weight[2u * KERNEL_W + 2u] = weight[min(2u + 1u, KERNEL_H - 1u) * KERNEL_W + 2u];
      }
      {
        weight[2u * KERNEL_W + 3u] = weight[min(2u + 1u, KERNEL_H - 1u) * KERNEL_W + 3u];
      }
      {
        weight[2u * KERNEL_W + 4u] = weight[min(2u + 1u, KERNEL_H - 1u) * KERNEL_W + 4u];
      }
    }
    {
      {
        weight[3u * KERNEL_W + 0u] = weight[min(3u + 1u, KERNEL_H - 1u) * KERNEL_W + 0u];
      }
      {
        weight[3u * KERNEL_W + 1u] = weight[min(3u + 1u, KERNEL_H - 1u) * KERNEL_W + 1u];
      }
      {
        weight[3u * KERNEL_W + 2u] = weight[min(3u + 1u, KERNEL_H - 1u) * KERNEL_W + 2u];
      }
      {
        weight[3u * KERNEL_W + 3u] = weight[min(3u + 1u, KERNEL_H - 1u) * KERNEL_W + 3u];
      }
      {
        weight[3u * KERNEL_W + 4u] = weight[min(3u + 1u, KERNEL_H - 1u) * KERNEL_W + 4u];
      }
    }
    {
      {
        weight[4u * KERNEL_W + 0u] = weight[min(4u + 1u, KERNEL_H - 1u) * KERNEL_W + 0u];
      }
      {
        weight[4u * KERNEL_W + 1u] = weight[min(4u + 1u, KERNEL_H - 1u) * KERNEL_W + 1u];
      }
      {
        weight[4u * KERNEL_W + 2u] = weight[min(4u + 1u, KERNEL_H - 1u) * KERNEL_W + 2u];
      }
      {
        weight[4u * KERNEL_W + 3u] = weight[min(4u + 1u, KERNEL_H - 1u) * KERNEL_W + 3u];
      }
      {
        weight[4u * KERNEL_W + 4u] = weight[min(4u + 1u, KERNEL_H - 1u) * KERNEL_W + 4u];
      }
    }
    {
      weight[(KERNEL_H - 1u) * KERNEL_W + 0u] = load_weight(params.weight + (quad * KERNEL_H + u) * KERNEL_W + 0u);
    }
    {
      weight[(KERNEL_H - 1u) * KERNEL_W + 1u] = load_weight(params.weight + (quad * KERNEL_H + u) * KERNEL_W + 1u);
    }
    {
      weight[(KERNEL_H - 1u) * KERNEL_W + 2u] = load_weight(params.weight + (quad * KERNEL_H + u) * KERNEL_W + 2u);
    }
    {
      weight[(KERNEL_H - 1u) * KERNEL_W + 3u] = load_weight(params.weight + (quad * KERNEL_H + u) * KERNEL_W + 3u);
    }
    {
      weight[(KERNEL_H - 1u) * KERNEL_W + 4u] = load_weight(params.weight + (quad * KERNEL_H + u) * KERNEL_W + 4u);
    }
  }
  var column: array<u32, SPAN_W>;
  var inside: array<bool, SPAN_W>;
  {
    // What is negative wraps to a large u32.
    let j = u32(left + i32(0u * STEP_W));
    inside[0u] = j < params.x_width;
    column[0u] = select(0u, j, inside[0u]);
  }
  {
    // What is negative wraps to a large u32.
    let j = u32(left + i32(1u * STEP_W));
    inside[1u] = j < params.x_width;
    column[1u] = select(0u, j, inside[1u]);
  }
  {
    // What is negative wraps to a large u32.
    let j = u32(left + i32(2u * STEP_W));
    inside[2u] = j < params.x_width;
    column[2u] = select(0u, j, inside[2u]);
  }
  {
    // What is negative wraps to a large u32.
    let j = u32(left + i32(3u * STEP_W));
    inside[3u] = j < params.x_width;
    column[3u] = select(0u, j, inside[3u]);
  }
  {
    // What is negative wraps to a large u32.
    let j = u32(left + i32(4u * STEP_W));
    inside[4u] = j < params.x_width;
    column[4u] = select(0u, j, inside[4u]);
  }

  let end_column = min(first_column + TILE_W, params.y_width);
  let rows = min(params.tile_rows, params.y_height - first_row);
  var x: array<vec4f, KERNEL_H * SPAN_W>;
  for (var r = 0u; r < (rows - 1u) * STRIDE_H + KERNEL_H; r++) {
    {
      x[0u] = x[0u + SPAN_W];
    }
    {
      x[1u] = x[1u + SPAN_W];
    }
    {
      x[2u] = x[2u + SPAN_W];
    }
    {
      x[3u] = x[3u + SPAN_W];
    }
    {
      x[4u] = x[4u + SPAN_W];
    }
    {
      x[5u] = x[5u + SPAN_W];
    }
    {
      x[6u] = x[6u + SPAN_W];
    }
    {
      x[7u] = x[7u + SPAN_W];
    }
    {
      x[8u] = x[8u + SPAN_W];
    }
    {
      x[9u] = x[9u + SPAN_W];
    }
    {
      x[10u] = x[10u + SPAN_W];
    }
    {
      x[11u] = x[11u + SPAN_W];
    }
    {
      x[12u] = x[12u + SPAN_W];
    }
    {
      x[13u] = x[13u + SPAN_W];
    }
    {
      x[14u] = x[14u + SPAN_W];
    }
    {
      x[15u] = x[15u + SPAN_W];
    }
    {
      x[16u] = x[16u + SPAN_W];
    }
    {
      x[17u] = x[17u + SPAN_W];
    }
    {
      x[18u] = x[18u + SPAN_W];
    }
    {
      x[19u] = x[19u + SPAN_W];
    }
    let row = u32(top + i32(r));
    let row_inside = row < params.x_height;
    let row_start = select(0u, row, row_inside) * params.x_width;
    {
      let pixel = row_start + column[0u];
      let value = load_x(load(x_quad + pixel), Place(image, quad, pixel));
      // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
      x[KEPT_ROWS * SPAN_W + 0u] = select(vec4f(0.0), value, row_inside & inside[0u]);
    }
    {
      let pixel = row_start + column[1u];
      let value = load_x(load(x_quad + pixel), Place(image, quad, pixel));
      // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
      x[KEPT_ROWS * SPAN_W + 1u] = select(vec4f(0.0), value, row_inside & inside[1u]);
    }
    {
      let pixel = row_start + column[2u];
      let value = load_x(load(x_quad + pixel), Place(image, quad, pixel));
      // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
      x[KEPT_ROWS * SPAN_W + 2u] = select(vec4f(0.0), value, row_inside & inside[2u]);
    }
    {
      let pixel = row_start + column[3u];
      let value = load_x(load(x_quad + pixel), Place(image, quad, pixel));
      // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
      x[KEPT_ROWS * SPAN_W + 3u] = select(vec4f(0.0), value, row_inside & inside[3u]);
    }
    {
      let pixel = row_start + column[4u];
      let value = load_x(load(x_quad + pixel), Place(image, quad, pixel));
      // `&&` would branch, which costs SwiftShader minutes of compilation in unrolled code.
      x[KEPT_ROWS * SPAN_W + 4u] = select(vec4f(0.0), value, row_inside & inside[4u]);
    }
    // The first KERNEL_H - 1 rows only fill the registers; then every STRIDE_H-th row ends a window.
    if ((r >= KERNEL_H - 1u) & ((r - (KERNEL_H - 1u)) % STRIDE_H == 0u)) {
      let y_row = first_row + (r - (KERNEL_H - 1u)) / STRIDE_H;
      var acc: array<vec4f, TILE_W>;
      {
        acc[0u] = bias;
      }
      {
        {
          {
            acc[0u] += weight[0u * KERNEL_W + 0u] * x[0u * SPAN_W + (0u * STRIDE_W + 0u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[0u * KERNEL_W + 1u] * x[0u * SPAN_W + (0u * STRIDE_W + 1u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[0u * KERNEL_W + 2u] * x[0u * SPAN_W + (0u * STRIDE_W + 2u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[0u * KERNEL_W + 3u] * x[0u * SPAN_W + (0u * STRIDE_W + 3u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[0u * KERNEL_W + 4u] * x[0u * SPAN_W + (0u * STRIDE_W + 4u * DILATION_W) / STEP_W];
          }
        }
      }
      {
        {
          {
            acc[0u] += weight[1u * KERNEL_W + 0u] * x[1u * SPAN_W + (0u * STRIDE_W + 0u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[1u * KERNEL_W + 1u] * x[1u * SPAN_W + (0u * STRIDE_W + 1u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[1u * KERNEL_W + 2u] * x[1u * SPAN_W + (0u * STRIDE_W + 2u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[1u * KERNEL_W + 3u] * x[1u * SPAN_W + (0u * STRIDE_W + 3u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[1u * KERNEL_W + 4u] * x[1u * SPAN_W + (0u * STRIDE_W + 4u * DILATION_W) / STEP_W];
          }
        }
      }
      {
        {
          {
            acc[0u] += weight[2u * KERNEL_W + 0u] * x[2u * SPAN_W + (0u * STRIDE_W + 0u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[2u * KERNEL_W + 1u] * x[2u * SPAN_W + (0u * STRIDE_W + 1u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[2u * KERNEL_W + 2u] * x[2u * SPAN_W + (0u * STRIDE_W + 2u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[2u * KERNEL_W + 3u] * x[2u * SPAN_W + (0u * STRIDE_W + 3u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[2u * KERNEL_W + 4u] * x[2u * SPAN_W + (0u * STRIDE_W + 4u * DILATION_W) / STEP_W];
          }
        }
      }
      {
        {
          {
            acc[0u] += weight[3u * KERNEL_W + 0u] * x[3u * SPAN_W + (0u * STRIDE_W + 0u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[3u * KERNEL_W + 1u] * x[3u * SPAN_W + (0u * STRIDE_W + 1u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[3u * KERNEL_W + 2u] * x[3u * SPAN_W + (0u * STRIDE_W + 2u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[3u * KERNEL_W + 3u] * x[3u * SPAN_W + (0u * STRIDE_W + 3u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[3u * KERNEL_W + 4u] * x[3u * SPAN_W + (0u * STRIDE_W + 4u * DILATION_W) / STEP_W];
          }
        }
      }
      {
        {
          {
            acc[0u] += weight[4u * KERNEL_W + 0u] * x[4u * SPAN_W + (0u * STRIDE_W + 0u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[4u * KERNEL_W + 1u] * x[4u * SPAN_W + (0u * STRIDE_W + 1u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[4u * KERNEL_W + 2u] * x[4u * SPAN_W + (0u * STRIDE_W + 2u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[4u * KERNEL_W + 3u] * x[4u * SPAN_W + (0u * STRIDE_W + 3u * DILATION_W) / STEP_W];
          }
        }
        {
          {
            acc[0u] += weight[4u * KERNEL_W + 4u] * x[4u * SPAN_W + (0u * STRIDE_W + 4u * DILATION_W) / STEP_W];
          }
        }
      }
      for (var y_column = first_column; y_column < end_column; y_column++) {
        let pixel = y_row * params.y_width + y_column;
        store(y_quad + pixel, store_y(acc[0], Place(image, quad, pixel)));
        {
          acc[0u] = acc[min(0u + 1u, TILE_W - 1u)];
        }
      }
    }
  }
}
