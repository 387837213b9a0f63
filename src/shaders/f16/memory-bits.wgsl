// In the place of shared/memory-bits: the bits of the f32 that an f16 is equal to. A whole number
// takes one f16, which is exact up to 2048; a greater one is read back as the greatest u32.
enable f16;

@group(0) @binding(1) var<storage, read_write> arena: array<f16>;
@group(0) @binding(2) var<storage, read> weights: array<f16>;

fn load_bits(index: u32) -> u32 {
  return bitcast<u32>(f32(arena[index]));
}

fn store_bits(index: u32, bits: u32) {
  arena[index] = f16(clamp(bitcast<f32>(bits), -65504.0, 65504.0));
}

fn load_count(index: u32) -> u32 {
  let count = u32(f32(arena[index]));
  return select(count, 0xffffffffu, count > 2048u);
}

fn store_count(index: u32, count: u32) {
  // 2050 is the next f16 after 2048.
  arena[index] = f16(f32(min(count, 2050u)));
}
