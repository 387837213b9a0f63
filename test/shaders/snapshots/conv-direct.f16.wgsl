enable f16;
// ---- f16/memory.wgsl
// In the place of shared/memory: quads of f16 in memory, of f32 in registers.

@group(0) @binding(1) var<storage, read_write> arena: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<f16>>;

fn load(index: u32) -> vec4f {
  return vec4f(arena[index]);
}

fn store(index: u32, value: vec4f) {
  // WGSL does not say what becomes of numbers beyond the greatest f16.
  arena[index] = vec4<f16>(clamp(value, vec4f(-65504.0), vec4f(65504.0)));
}

fn load_weight(index: u32) -> vec4f {
  return vec4f(weights[index]);
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

// ---- conv/direct.wgsl
// k x k convolution with any stride, dilation and padding, in registers, without unfolding.
//
// y[o, i, j] = bias[o] + sum over c, u, v of
//   weight[o, c, u, v] * x[c, i * stride - top + u * dilation, j * stride - left + v * dilation]
//
// Layout: x and y in channel quads; weights [y quad][tap][x quad of the group] of 4 x 4 blocks.
// Dispatch: (pixels / (WORKGROUP * TILE_PIXELS), y quads / TILE_QUADS, images), as conv/pointwise.
// Groups begin on quads; a tile lies within one group.
// The first `centre` quads of y, whole tiles, have weights at the centre tap only: one block a quad of x.

override WORKGROUP: u32 = 8;
override KERNEL_H: u32 = 3;
override KERNEL_W: u32 = 3;
override STRIDE_H: u32 = 1;
override STRIDE_W: u32 = 1;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;
const TILE_PIXELS = 1u;
// At most 4: one block of weights holds a tile's biases.
const TILE_QUADS = 1u;
// 1 where x has one quad, as images have; 0 where `x_quads` says how many.
const X_QUADS = 1u;

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
  centre: u32,
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

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let image = grid.z;
  let first_pixel = grid.x * WORKGROUP * TILE_PIXELS + at.local;
  let first_quad = grid.y * TILE_QUADS;
  let last_pixel = params.y_height * params.y_width - 1u;
  let last_quad = params.y_quads - 1u;
  let x_area = params.x_height * params.x_width;
  let first_x_quad = first_quad / params.y_group * params.x_quads;

  let is_centre = first_quad < params.centre;
  let first_tap = select(0u, KERNEL_H / 2u * KERNEL_W + KERNEL_W / 2u, is_centre);
  let end_tap = select(KERNEL_H * KERNEL_W, first_tap + 1u, is_centre);
  let bias = weight_block(params.bias + first_quad, at);
  var block: array<u32, TILE_QUADS>;
  var acc: array<vec4f, TILE_PIXELS * TILE_QUADS>;
  {
    let quad = min(first_quad + 0u, last_quad);
    let full = quad - min(quad, params.centre);
    block[0u] = params.weight + (quad - full + full * KERNEL_H * KERNEL_W) * params.x_quads * 4u;
    {
      acc[0u * TILE_QUADS + 0u] = bias[0u];
    }
  }
  var corner: array<vec2i, TILE_PIXELS>;
  for (var p = 0u; p < TILE_PIXELS; p++) {
    let pixel = min(first_pixel + p * WORKGROUP, last_pixel);
    {
      corner[0u] = corner[min(0u + 1u, TILE_PIXELS - 1u)];
    }
    corner[TILE_PIXELS - 1u] = vec2i(
      i32(pixel / params.y_width * STRIDE_H) - params.pad_top,
      i32(pixel % params.y_width * STRIDE_W) - params.pad_left,
    );
  }

  for (var tap = first_tap; tap < end_tap; tap++) {
    let reach = vec2i(i32(tap / KERNEL_W * DILATION_H), i32(tap % KERNEL_W * DILATION_W));
    var inside: array<bool, TILE_PIXELS>;
    var pixel: array<u32, TILE_PIXELS>;
    {
      // What is negative wraps to a large u32.
      let place = vec2u(corner[0u] + reach);
      // `&&` would branch, which costs SwiftShader 50x the time to compile.
      inside[0u] = (place.x < params.x_height) & (place.y < params.x_width);
      pixel[0u] = select(0u, place.x * params.x_width + place.y, inside[0u]);
    }
    let first_block = (tap - first_tap) * params.x_quads;
    {
      hold_x(Place(image, first_x_quad + 0u, 0u));
      let x_quad = quad_of_x(params.x, params.x_image, image, first_x_quad + 0u, x_area);
      var x: array<vec4f, TILE_PIXELS>;
      {
        let value = load_x(load(x_quad + pixel[0u]), Place(image, first_x_quad + 0u, pixel[0u]));
        x[0u] = select(vec4f(0.0), value, inside[0u]);
      }
      var weight: array<mat4x4f, TILE_QUADS>;
      {
        weight[0u] = weight_block(block[0u] + (first_block + 0u) * 4u, at);
      }
      {
        {
          acc[0u * TILE_QUADS + 0u] += weight[0u] * x[0u];
        }
      }
    }
  }

  let y_area = last_pixel + 1u;
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
        store(y_start + quad * y_area + pixel, store_y(acc[0u], Place(image, quad, pixel)));
      }
    }
    {
      {
        acc[0u * TILE_QUADS + 0u] = acc[min(0u + 1u, TILE_PIXELS - 1u) * TILE_QUADS + 0u];
      }
    }
  }
}
