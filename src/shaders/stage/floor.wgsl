// y = the greatest integer that is at most x

fn stage(value: vec4f, place: Place) -> vec4f {
  return floor(value);
}
