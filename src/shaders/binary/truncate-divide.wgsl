// y = x / operand without its fraction: a division of integers; the quotient may be one unit off
// after rounding, so it is checked against the remainder (with REVERSED, the other way round)
//#include stage/operand

const REVERSED = false;

fn stage(value: vec4f, place: Place) -> vec4f {
  let other = operand(place);
  let a = select(value, other, REVERSED);
  let b = select(other, value, REVERSED);
  let q = trunc(a / b);
  let r = a - q * b;
  let toward = sign(a) * sign(b);
  let more = select(vec4f(0.0), toward, (abs(r) >= abs(b)) & (r * a > vec4f(0.0)));
  let less = select(vec4f(0.0), toward, r * a < vec4f(0.0));
  return q + more - less;
}
