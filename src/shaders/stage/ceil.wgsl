// y = the least integer that is at least x

fn stage(value: vec4f, place: Place) -> vec4f {
  return ceil(value);
}
