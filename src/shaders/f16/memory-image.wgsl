// In the place of shared/memory-image: activations in quads of f16, and an image.
enable f16;

@group(0) @binding(1) var<storage, read_write> arena: array<vec4<f16>>;
@group(0) @binding(2) var image: texture_2d<f32>;

fn store(index: u32, value: vec4f) {
  // WGSL does not say what becomes of numbers beyond the greatest f16.
  arena[index] = vec4<f16>(clamp(value, vec4f(-65504.0), vec4f(65504.0)));
}
