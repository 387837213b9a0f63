// y = x * sigmoid(x)

fn stage(value: vec4f, place: Place) -> vec4f {
  return value / (1.0 + exp(-value));
}
