// y = 1 / x

fn stage(value: vec4f, place: Place) -> vec4f {
  return 1.0 / value;
}
