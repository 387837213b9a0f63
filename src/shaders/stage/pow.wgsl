// y = x ^ operand; WGSL leaves pow of a negative base open, so the sign is put back here (with REVERSED, the other way round)
//#include stage/operand

const REVERSED = false;

fn stage(value: vec4f, place: Place) -> vec4f {
  let other = operand(place);
  let a = select(value, other, REVERSED);
  let b = select(other, value, REVERSED);
  // A logarithm of 0 that is only large makes a small number of 0 ^ b.
  let magnitude = select(pow(abs(a), b), vec4f(0.0), (a == vec4f(0.0)) & (b > vec4f(0.0)));
  let odd = abs(b - 2.0 * floor(b * 0.5)) == vec4f(1.0);
  let signed = select(magnitude, -magnitude, (a < vec4f(0.0)) & odd);
  return select(signed, vec4f(1.0), b == vec4f(0.0));
}
