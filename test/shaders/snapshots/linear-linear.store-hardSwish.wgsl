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

// ---- stage/hard-swish.wgsl
// y = x * relu6(x + 3) / 6 (Howard et al., MobileNetV3, arXiv 1905.02244, section 5.2)

fn stage_0(value: vec4f, place: Place) -> vec4f {
  return value * clamp(value + 3.0, vec4f(0.0), vec4f(6.0)) * (1.0 / 6.0);
}

// ---- linear/linear.wgsl
// Fully connected layer, of a map too.
//
// y[o] = bias[o] + sum over i of weight[o, i] * x[i]
//
// Layout: x in channel quads, y in those of one pixel; weights [quad of x][pixel][channel][y quad] of
// vec4, a lane for each output channel, so that neighbouring lanes read neighbouring weights.
// Dispatch: (y quads / (WORKGROUP / SPLIT), images); SPLIT lanes share the sum of a quad.

override WORKGROUP: u32 = 128;
override SPLIT: u32 = 16;
// pixels of x
override AREA: u32 = 1;

struct Params {
  x: u32,
  x_image: u32,
  // of all pixels
  x_quads: u32,
  y: u32,
  y_image: u32,
  y_quads: u32,
  weight: u32,
  bias: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let grid = grid_position(at.workgroup);
  let outputs = WORKGROUP / SPLIT;
  let lane = at.local / outputs;
  let image = grid.y;
  let quad = grid.x * outputs + at.local % outputs;
  // Lanes beyond the last quad compute it again, so that all meet at the barriers.
  let column = params.weight + min(quad, params.y_quads - 1u);

  var sum = vec4f(0.0);
  for (var k = lane; k < params.x_quads; k += SPLIT) {
    let place = Place(image, k / AREA, k % AREA);
    let first_pixel = quad_of_x(params.x, params.x_image, image, place.quad, AREA);
    let x = load_x(load(first_pixel + place.pixel), place);
    let first = column + k * 4u * params.y_quads;
    let weight = mat4x4f(
      load_weight(first),
      load_weight(first + params.y_quads),
      load_weight(first + 2u * params.y_quads),
      load_weight(first + 3u * params.y_quads),
    );
    sum += weight * x;
  }
  sum = fold_lanes(sum, at.local);
  if (lane == 0u && quad < params.y_quads) {
    let value = sum + load_weight(params.bias + quad);
    store(params.y + image * params.y_image + quad, store_y(value, Place(image, quad, 0u)));
  }
}

alias Partial = vec4f;

fn combine(a: Partial, b: Partial) -> Partial {
  return a + b;
}
