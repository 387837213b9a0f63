// y = min(max(x, 0), 6)

fn stage(value: vec4f, place: Place) -> vec4f {
  return clamp(value, vec4f(0.0), vec4f(6.0));
}
