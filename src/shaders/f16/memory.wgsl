// In the place of shared/memory: quads of f16 in memory, of f32 in registers.
enable f16;

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
