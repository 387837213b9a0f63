// Sine and cosine, off by less than 2e-7 for |x| up to 10^4: WGSL's own may be off by 5e-4.
//
// x = k pi + r with |r| <= pi/2, where pi is taken off in three parts of which k times the first two is
// exact; then the series of the sine.

fn sine(x: vec4f) -> vec4f {
  let k = round(x * 0.31830987);
  return alternate(k, sine_of_rest(x, k));
}

fn cosine(x: vec4f) -> vec4f {
  let k = floor(x * 0.31830987);
  return alternate(k, -sine_of_rest(x, k + 0.5));
}

fn sine_of_rest(x: vec4f, k: vec4f) -> vec4f {
  let r = ((x - k * 3.140625) - k * 0.0009675026) - k * 1.509958e-7;
  let z = r * r;
  return r + r * z * (-1.0 / 6.0 + z * (1.0 / 120.0 + z * (-1.0 / 5040.0
    + z * (1.0 / 362880.0 - z / 39916800.0))));
}

// times (-1)^k
fn alternate(k: vec4f, value: vec4f) -> vec4f {
  return select(value, -value, abs(k - 2.0 * floor(k * 0.5)) == vec4f(1.0));
}
