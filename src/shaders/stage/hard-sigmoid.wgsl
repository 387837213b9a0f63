// y = clamp(ALPHA * x + BETA, 0, 1)

override ALPHA: f32 = 0.2;
override BETA: f32 = 0.5;

fn stage(value: vec4f, place: Place) -> vec4f {
  return clamp(ALPHA * value + BETA, vec4f(0.0), vec4f(1.0));
}
