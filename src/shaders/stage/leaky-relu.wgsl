// y = x > 0 ? x : NEGATIVE_SLOPE * x

override NEGATIVE_SLOPE: f32 = 0.01;

fn stage(value: vec4f, place: Place) -> vec4f {
  return select(NEGATIVE_SLOPE * value, value, value > vec4f(0.0));
}
