// y = x - operand * floor(x / operand): the sign is that of the operand (with REVERSED, the other way round)
//#include stage/operand

const REVERSED = false;

fn stage(value: vec4f, place: Place) -> vec4f {
  let other = operand(place);
  let a = select(value, other, REVERSED);
  let b = select(other, value, REVERSED);
  let r = a - b * floor(a / b);
  // The quotient may be one unit off after rounding.
  let over = select(vec4f(0.0), b, (abs(r) >= abs(b)) & ((r > vec4f(0.0)) == (b > vec4f(0.0))));
  let under = select(vec4f(0.0), b, (r != vec4f(0.0)) & ((r > vec4f(0.0)) != (b > vec4f(0.0))));
  return r - over + under;
}
