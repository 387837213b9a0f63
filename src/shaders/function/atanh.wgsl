// y = ln((1 + x) / (1 - x)) / 2
//#import function/log1p

fn stage(value: vec4f, place: Place) -> vec4f {
  let a = abs(value);
  return sign(value) * 0.5 * log1p(2.0 * a / (1.0 - a));
}
