// y = e^x

fn stage(value: vec4f, place: Place) -> vec4f {
  return exp(value);
}
