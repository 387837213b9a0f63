// y = min(max(x, MIN), MAX)

override MIN: f32 = 0.0;
override MAX: f32 = 6.0;

fn stage(value: vec4f, place: Place) -> vec4f {
  return min(max(value, vec4f(MIN)), vec4f(MAX));
}
