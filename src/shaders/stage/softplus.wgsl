// y = ln(1 + e^x), as max(x, 0) + ln(1 + e^-|x|), which cannot overflow

fn stage(value: vec4f, place: Place) -> vec4f {
  return max(value, vec4f(0.0)) + log(1.0 + exp(-abs(value)));
}
