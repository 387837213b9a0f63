// y = x is 0

fn stage(value: vec4f, place: Place) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), value == vec4f(0.0));
}
