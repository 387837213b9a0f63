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
