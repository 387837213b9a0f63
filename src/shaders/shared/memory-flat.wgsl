// Activations and constants as row-major scalars.

@group(0) @binding(1) var<storage, read_write> arena: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
