// In the place of shared/memory-flat: row-major scalars of f16 in memory, of f32 in registers.
enable f16;

@group(0) @binding(1) var<storage, read_write> arena: array<f16>;
@group(0) @binding(2) var<storage, read> weights: array<f16>;

fn load_element(index: u32) -> f32 {
  return f32(arena[index]);
}

fn store_element(index: u32, value: f32) {
  // WGSL does not say what becomes of numbers beyond the greatest f16.
  arena[index] = f16(clamp(value, -65504.0, 65504.0));
}

fn load_weight_element(index: u32) -> f32 {
  return f32(weights[index]);
}
