// y = |x|

fn stage(value: vec4f, place: Place) -> vec4f {
  return abs(value);
}
