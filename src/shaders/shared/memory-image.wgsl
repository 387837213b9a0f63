// Activations in quads, and an image in the place of the constants.

@group(0) @binding(1) var<storage, read_write> arena: array<vec4f>;
@group(0) @binding(2) var image: texture_2d<f32>;

fn store(index: u32, value: vec4f) {
  arena[index] = value;
}
