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

// ---- stage/hard-sigmoid.wgsl
// y = clamp(ALPHA * x + BETA, 0, 1)

override ALPHA_1: f32 = 0.2;
override BETA_1: f32 = 0.5;

fn stage_1(value: vec4f, place: Place) -> vec4f {
  return clamp(ALPHA_1 * value + BETA_1, vec4f(0.0), vec4f(1.0));
}

// ---- gate/gate.wgsl
// The gates of channels, from the mean of a map to the second of two fully connected layers.
//
// mean[c] = sum over branches b and pixels p of x_b[c, p] / area
// squeezed[d] = f(bias1[d] + sum over c of weight1[d, c] * mean[c]), f in the slot store_squeezed
// y[r, c] = bias2[r, c] + sum over d of weight2[r, c, d] * squeezed[d]
// With RADIX > 1, y[r, c] = exp(y[r, c]) / sum over k of exp(y[k, c])
//
// Layout: x_b in channel quads; y in channel quads of one pixel, r * c of them; weights as in
// linear/linear. What lies between the steps is kept in the arena, x_quads + squeezed_quads +
// WORKGROUP vec4s an image: workgroup memory would limit the channels, and is slow on a CPU.
// Dispatch: (images). Where there are fewer quads than invocations, `split` of them share a sum.

override WORKGROUP: u32 = 256;
const RADIX = 1u;

struct Params {
  x0: u32,
  x0_image: u32,
  x1: u32,
  x1_image: u32,
  x2: u32,
  x2_image: u32,
  x3: u32,
  x3_image: u32,
  branches: u32,
  // pixels of an image of x
  area: u32,
  x_quads: u32,
  x_split: u32,
  squeezed_quads: u32,
  squeezed_split: u32,
  between: u32,
  between_image: u32,
  y: u32,
  y_image: u32,
  // of one r
  y_quads: u32,
  weight1: u32,
  bias1: u32,
  weight2: u32,
  bias2: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

fn store_squeezed(value: vec4f, place: Place) -> vec4f {
  return stage_0(value, place);
}

fn store_y(value: vec4f, place: Place) -> vec4f {
  return stage_1(value, place);
}

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let image = grid_position(at.workgroup).x;
  let mean = params.between + image * params.between_image;
  let squeezed = mean + params.x_quads;
  let parts = squeezed + params.squeezed_quads;

  let x_split = params.x_split;
  let x_parts = select(parts, mean, x_split == 1u);
  for (var i = at.local; i < params.x_quads * x_split; i += WORKGROUP) {
    // Divided before it is stored: a sum may exceed the greatest f16.
    let part = sum_of_pixels(image, i / x_split, i % x_split) / f32(params.area);
    store(x_parts + i, part);
  }
  if (x_split > 1u) {
    storageBarrier();
    if (at.local < params.x_quads) {
      store(mean + at.local, sum_of_parts(parts + at.local * x_split, x_split, 1u));
    }
  }
  storageBarrier();

  let outputs = params.squeezed_quads;
  let split = params.squeezed_split;
  for (var i = at.local; i < outputs * split; i += WORKGROUP) {
    let quad = i % outputs;
    let part = product(params.weight1 + quad, outputs, mean, i / outputs, split, params.x_quads);
    if (split > 1u) {
      store(parts + i, part);
    } else {
      store(squeezed + quad, squeeze(part, image, quad));
    }
  }
  if (split > 1u) {
    storageBarrier();
    if (at.local < outputs) {
      let value = sum_of_parts(parts + at.local, split, outputs);
      store(squeezed + at.local, squeeze(value, image, at.local));
    }
  }
  storageBarrier();

  for (var quad = at.local; quad < params.y_quads; quad += WORKGROUP) {
    store_gates(image, quad, squeezed);
  }
}

fn x_start(branch: u32, image: u32) -> u32 {
  switch branch {
    case 0u: { return params.x0 + image * params.x0_image; }
    case 1u: { return params.x1 + image * params.x1_image; }
    case 2u: { return params.x2 + image * params.x2_image; }
    default: { return params.x3 + image * params.x3_image; }
  }
}

// Every x_split-th pixel of a quad, of all branches.
fn sum_of_pixels(image: u32, quad: u32, first: u32) -> vec4f {
  var sum = vec4f(0.0);
  for (var branch = 0u; branch < params.branches; branch++) {
    let start = x_start(branch, image) + quad * params.area;
    for (var pixel = first; pixel < params.area; pixel += params.x_split) {
      sum += load(start + pixel);
    }
  }
  return sum;
}

fn sum_of_parts(start: u32, count: u32, step: u32) -> vec4f {
  var sum = vec4f(0.0);
  for (var i = 0u; i < count; i++) {
    sum += load(start + i * step);
  }
  return sum;
}

// Every split-th quad of `count`, times its weights for one quad of the outputs.
fn product(column: u32, outputs: u32, x: u32, first: u32, split: u32, count: u32) -> vec4f {
  var sum = vec4f(0.0);
  for (var k = first; k < count; k += split) {
    let row = column + k * 4u * outputs;
    let weight = mat4x4f(
      load_weight(row),
      load_weight(row + outputs),
      load_weight(row + 2u * outputs),
      load_weight(row + 3u * outputs),
    );
    sum += weight * load(x + k);
  }
  return sum;
}

fn squeeze(value: vec4f, image: u32, quad: u32) -> vec4f {
  return store_squeezed(value + load_weight(params.bias1 + quad), Place(image, quad, 0u));
}

fn store_gates(image: u32, quad: u32, squeezed: u32) {
  let outputs = params.y_quads * RADIX;
  var y: array<vec4f, RADIX>;
  {
    let column = 0u * params.y_quads + quad;
    y[0u] = load_weight(params.bias2 + column)
      + product(params.weight2 + column, outputs, squeezed, 0u, 1u, params.squeezed_quads);
  }
  if (RADIX > 1u) {
    y = softmax(y);
  }
  let start = params.y + image * params.y_image;
  {
    let column = 0u * params.y_quads + quad;
    store(start + column, store_y(y[0u], Place(image, column, 0u)));
  }
}

fn softmax(logits: array<vec4f, RADIX>) -> array<vec4f, RADIX> {
  var y = logits;
  var greatest = y[0];
  {
    greatest = max(greatest, y[0u]);
  }
  var sum = vec4f(0.0);
  {
    y[0u] = exp(y[0u] - greatest);
    sum += y[0u];
  }
  {
    y[0u] /= sum;
  }
  return y;
}
