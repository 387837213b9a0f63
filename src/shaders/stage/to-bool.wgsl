// y = 1 where x is not 0, else 0: a cast to a boolean

fn stage(value: vec4f, place: Place) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), value != vec4f(0.0));
}
