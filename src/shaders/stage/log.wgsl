// y = ln x

fn stage(value: vec4f, place: Place) -> vec4f {
  return log(value);
}
