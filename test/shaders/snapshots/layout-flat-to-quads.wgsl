// ---- shared/memory-flat.wgsl
// Activations and constants as row-major scalars.

@group(0) @binding(1) var<storage, read_write> arena: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;

fn load_element(index: u32) -> f32 {
  return arena[index];
}

fn store_element(index: u32, value: f32) {
  arena[index] = value;
}

fn load_weight_element(index: u32) -> f32 {
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

// ---- shared/flat-place.wgsl
// The place of a quad that is counted over all images, quads and pixels of a tensor.

fn place_at(index: u32, quads: u32, area: u32) -> Place {
  let plane = index / area;
  return Place(plane / quads, plane % quads, index % area);
}

// ---- shared/invocation.wgsl
// The position of an invocation in the grid.

struct Invocation {
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) local: u32,
}

// ---- shared/flat-index.wgsl
// The number of an invocation in a grid that is spread over x and y, since neither may exceed 65535.
// The kernel declares WORKGROUP.

// `grid_width`: workgroups in a row of the grid
fn workgroup_index(at: Invocation, grid_width: u32) -> u32 {
  return at.workgroup.y * grid_width + at.workgroup.x;
}

fn flat_index(at: Invocation, grid_width: u32) -> u32 {
  return workgroup_index(at, grid_width) * WORKGROUP + at.local;
}

// ---- layout/flat-to-quads.wgsl
// Scalars in any order of the axes to channel quads, with zeros in the unused lanes.
//
// y[n, c, i, j] = x[n * image + c * channel + i * row + j * column]
//
// Layout: x flat, walked by strides; y in channel quads, written as scalars.
// Dispatch: flat over images, quads and pixels of y; an invocation writes 4 elements.

override WORKGROUP: u32 = 64;

struct Params {
  // x in f32s, y in vec4s
  x: u32,
  x_image: u32,
  x_channel: u32,
  x_row: u32,
  x_column: u32,
  y: u32,
  y_image: u32,
  channels: u32,
  quads: u32,
  area: u32,
  width: u32,
  // images * quads * pixels of y
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let place = place_at(index, params.quads, params.area);
  let y = 4u * (params.y + place.image * params.y_image + place.quad * params.area + place.pixel);
  let x = params.x + place.image * params.x_image
    + place.pixel / params.width * params.x_row
    + place.pixel % params.width * params.x_column;
  for (var lane = 0u; lane < 4u; lane++) {
    let channel = place.quad * 4u + lane;
    var value = 0.0;
    if (channel < params.channels) {
      value = load_element(x + channel * params.x_channel);
    }
    store_element(y + lane, value);
  }
}
