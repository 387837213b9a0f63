// y = x * x

fn stage(value: vec4f, place: Place) -> vec4f {
  return value * value;
}
