// y = the greatest integer that is at most x / operand; the quotient may be one unit off after
// rounding, so it is checked against the remainder (with REVERSED, the other way round)
//#include stage/operand

const REVERSED = false;

fn stage(value: vec4f, place: Place) -> vec4f {
  let other = operand(place);
  let a = select(value, other, REVERSED);
  let b = select(other, value, REVERSED);
  let q = floor(a / b);
  let r = a - q * b;
  let up = select(vec4f(0.0), vec4f(1.0), (abs(r) >= abs(b)) & ((r > vec4f(0.0)) == (b > vec4f(0.0))));
  let down = select(vec4f(0.0), vec4f(1.0), (r != vec4f(0.0)) & ((r > vec4f(0.0)) != (b > vec4f(0.0))));
  return q + up - down;
}
