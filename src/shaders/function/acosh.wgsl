// y = ln(1 + t + sqrt(2 t + t^2)), t = x - 1; where t^2 could overflow, ln 2x
//#import function/log1p

fn stage(value: vec4f, place: Place) -> vec4f {
  let t = min(value - 1.0, vec4f(1e9));
  let y = log1p(t + sqrt(2.0 * t + t * t));
  return select(y, log(max(value, vec4f(1.0))) + 0.6931472, value > vec4f(1e9));
}
