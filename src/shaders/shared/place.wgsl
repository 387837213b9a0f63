// Which quad of a tensor a value belongs to: stages find their operands by it.

struct Place {
  image: u32,
  quad: u32,
  // y * width + x
  pixel: u32,
}
