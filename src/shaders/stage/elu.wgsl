// y = x > 0 ? x : ALPHA * (exp(x) - 1)

override ALPHA: f32 = 1.0;

fn stage(value: vec4f, place: Place) -> vec4f {
  return select(ALPHA * (exp(value) - 1.0), value, value > vec4f(0.0));
}
