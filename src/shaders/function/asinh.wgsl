// y = sign x ln(a + sqrt(a^2 + 1)), a = |x|; where a^2 could overflow, ln 2a
//#import function/log1p

fn stage(value: vec4f, place: Place) -> vec4f {
  let a = abs(value);
  let b = min(a, vec4f(1e9));
  let y = log1p(b + b * b / (1.0 + sqrt(b * b + 1.0)));
  return sign(value) * select(y, log(max(a, vec4f(1.0))) + 0.6931472, a > vec4f(1e9));
}
