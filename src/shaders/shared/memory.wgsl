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
