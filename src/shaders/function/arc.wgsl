// Arc sine and arc tangent, off by less than 3e-7: WGSL's own may be off by 7e-5 and 5e-4 of the value.

const QUARTER = 0.78539816;
const HALF = 1.5707964;

// |x| <= 1/2 by a polynomial, the rest by asin x = pi/2 - 2 asin sqrt((1 - x) / 2).
fn arc_sine(x: vec4f) -> vec4f {
  let a = abs(x);
  let isLarge = a > vec4f(0.5);
  let z = select(a * a, max(1.0 - a, vec4f(0.0)) * 0.5, isLarge);
  let r = select(a, sqrt(z), isLarge);
  let y = r + r * z * (0.16666673 + z * (0.07498809 + z * (0.04501071 + z * (0.026494237
    + z * 0.03820652))));
  return sign(x) * select(y, HALF - 2.0 * y, isLarge);
}

// |x| <= tan(pi/8) by a polynomial; up to tan(3 pi/8) around pi/4, beyond it around pi/2.
fn arc_tangent(x: vec4f) -> vec4f {
  let a = abs(x);
  let isSmall = a < vec4f(0.41421357);
  let isLarge = a > vec4f(2.4142135);
  let r = select(select((a - 1.0) / (a + 1.0), -1.0 / max(a, vec4f(1.0)), isLarge), a, isSmall);
  let base = select(select(vec4f(QUARTER), vec4f(HALF), isLarge), vec4f(0.0), isSmall);
  let z = r * r;
  let y = r + r * z * (-0.33333331 + z * (0.1999955 + z * (-0.14264232 + z * (0.10746293
    - z * 0.064593606))));
  return sign(x) * (base + y);
}
