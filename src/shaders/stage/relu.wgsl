// y = max(x, 0)

fn stage(value: vec4f, place: Place) -> vec4f {
  return max(value, vec4f(0.0));
}
