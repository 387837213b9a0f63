// Activations as the bits of row-major f32, where numbers are compared, not computed; and whole
// numbers of 32 bits beside them.

@group(0) @binding(1) var<storage, read_write> arena: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;

fn load_bits(index: u32) -> u32 {
  return arena[index];
}

fn store_bits(index: u32, bits: u32) {
  arena[index] = bits;
}

fn load_count(index: u32) -> u32 {
  return arena[index];
}

fn store_count(index: u32, count: u32) {
  arena[index] = count;
}
