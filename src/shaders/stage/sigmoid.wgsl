// y = 1 / (1 + exp(-x))

fn stage(value: vec4f, place: Place) -> vec4f {
  return 1.0 / (1.0 + exp(-value));
}
