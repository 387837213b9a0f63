// Activations and constants as the bits of row-major scalars, where numbers are compared, not computed.

@group(0) @binding(1) var<storage, read_write> arena: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
