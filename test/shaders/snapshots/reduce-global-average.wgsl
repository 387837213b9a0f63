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

// ---- shared/fold-lanes.wgsl
// Folds the partial results of the SPLIT lanes that share an output, by a tree in workgroup memory.
// The kernel declares WORKGROUP, SPLIT (a power of 2), the type Partial and `combine`.

var<workgroup> lane_results: array<Partial, WORKGROUP>;

// Lanes WORKGROUP / SPLIT apart share an output and all get its result. Call in uniform control flow.
fn fold_lanes(value: Partial, local: u32) -> Partial {
  let outputs = WORKGROUP / SPLIT;
  // A call before this one may still be read.
  workgroupBarrier();
  lane_results[local] = value;
  for (var distance = WORKGROUP / 2u; distance >= outputs; distance /= 2u) {
    workgroupBarrier();
    if (local < distance) {
      lane_results[local] = combine(lane_results[local], lane_results[local + distance]);
    }
  }
  workgroupBarrier();
  return lane_results[local % outputs];
}

// ---- reduce/global-average.wgsl
// Global average pooling.
//
// y[c] = sum over pixels p of x[c, p] / area
//
// Layout: x and y in channel quads, y of one pixel.
// Dispatch: flat over images and quads, WORKGROUP / SPLIT of them a workgroup. The SPLIT lanes of a
// quad take every SPLIT-th pixel each, and are then folded.

override WORKGROUP: u32 = 64;
override SPLIT: u32 = 64;

struct Params {
  x: u32,
  x_image: u32,
  // pixels of an image of x
  area: u32,
  y: u32,
  y_image: u32,
  quads: u32,
  // images * quads
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
  let planes = WORKGROUP / SPLIT;
  let lane = at.local / planes;
  let plane = workgroup_index(at, params.grid_width) * planes + at.local % planes;
  // Lanes without a plane read the last one, so that all meet at the barriers.
  let present = min(plane, params.count - 1u);
  let image = present / params.quads;
  let quad = present % params.quads;
  let x_quad = quad_of_x(params.x, params.x_image, image, quad, params.area);

  hold_x(Place(image, quad, 0u));
  var sum = vec4f(0.0);
  for (var pixel = lane; pixel < params.area; pixel += SPLIT) {
    sum += load_x(load(x_quad + pixel), Place(image, quad, pixel));
  }
  let mean = fold_lanes(sum, at.local) / f32(params.area);
  if (lane == 0u && plane < params.count) {
    store(params.y + image * params.y_image + quad, store_y(mean, Place(image, quad, 0u)));
  }
}

alias Partial = vec4f;

fn combine(a: Partial, b: Partial) -> Partial {
  return a + b;
}
