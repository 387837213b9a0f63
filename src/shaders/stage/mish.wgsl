// y = x * tanh(ln(1 + e^x)) (Misra, Mish, arXiv 1908.08681), as x * n / (n + 2) with n = t * (t + 2),
// t = e^x; above 20 the factor is 1 in f32 and t would overflow

fn stage(value: vec4f, place: Place) -> vec4f {
  let t = exp(min(value, vec4f(20.0)));
  let n = t * (t + 2.0);
  return select(value * n / (n + 2.0), value, value > vec4f(20.0));
}
