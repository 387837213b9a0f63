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

// ---- shared/flat-place.wgsl
// The place of a quad that is counted over all images, quads and pixels of a tensor.

fn place_at(index: u32, quads: u32, area: u32) -> Place {
  let plane = index / area;
  return Place(plane / quads, plane % quads, index % area);
}

// ---- shared/quad-of-x.wgsl
// Where a quad of x lies; x is in one piece.

fn quad_of_x(x: u32, image_stride: u32, image: u32, quad: u32, area: u32) -> u32 {
  return x + image * image_stride + quad * area;
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

// ---- pool/max.wgsl
// Max pooling; padding is -inf, so taps outside of x are left out.
//
// y[c, i, j] = max over u, v of x[c, i * stride - top + u * dilation, j * stride - left + v * dilation]
//
// Layout: x and y in channel quads.
// Dispatch: flat over images, quads and pixels of y; an invocation computes one quad of one pixel.

override WORKGROUP: u32 = 64;
override KERNEL_H: u32 = 2;
override KERNEL_W: u32 = 2;
override STRIDE_H: u32 = 2;
override STRIDE_W: u32 = 2;
override DILATION_H: u32 = 1;
override DILATION_W: u32 = 1;

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
  pad_top: i32,
  pad_left: i32,
  // images * quads * pixels of y
  count: u32,
  grid_width: u32,
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
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let y_area = params.y_height * params.y_width;
  let place = place_at(index, params.y_quads, y_area);
  let top = i32(place.pixel / params.y_width * STRIDE_H) - params.pad_top;
  let left = i32(place.pixel % params.y_width * STRIDE_W) - params.pad_left;
  let x_area = params.x_height * params.x_width;
  let x_quad = quad_of_x(params.x, params.x_image, place.image, place.quad, x_area);

  hold_x(place);
  // WGSL has no infinity: the least f32 stands for it.
  let least = vec4f(-3.4028234663852886e38);
  var greatest = least;
  for (var u = 0u; u < KERNEL_H; u++) {
    // What is negative wraps to a large u32. Selecting costs less than branching.
    let row = u32(top + i32(u * DILATION_H));
    let row_inside = row < params.x_height;
    for (var v = 0u; v < KERNEL_W; v++) {
      let column = u32(left + i32(v * DILATION_W));
      let inside = row_inside & (column < params.x_width);
      let pixel = select(0u, row * params.x_width + column, inside);
      let value = load_x(load(x_quad + pixel), Place(place.image, place.quad, pixel));
      greatest = max(greatest, select(least, value, inside));
    }
  }
  store(
    params.y + place.image * params.y_image + place.quad * y_area + place.pixel,
    store_y(greatest, place),
  );
}
