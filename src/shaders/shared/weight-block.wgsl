// A 4 x 4 block of weights: column i is the weights of input channel i for 4 output channels.

fn weight_block(index: u32, at: Invocation) -> mat4x4f {
  return mat4x4f(
    load_weight(index),
    load_weight(index + 1u),
    load_weight(index + 2u),
    load_weight(index + 3u),
  );
}
