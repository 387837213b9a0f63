// ln(1 + x) for x >= 0 without losing small x: for x < 1 by 2 artanh(x / (2 + x)).

fn log1p(x: vec4f) -> vec4f {
  let s = x / (2.0 + x);
  let z = s * s;
  let series = 2.0 * s * (1.0 + z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0
    + z * (1.0 / 11.0 + z / 13.0))))));
  return select(log(1.0 + x), series, x < vec4f(1.0));
}
