// y = x < operand (with REVERSED, the other way round)
//#include stage/operand

const REVERSED = false;

fn stage(value: vec4f, place: Place) -> vec4f {
  let other = operand(place);
  let a = select(value, other, REVERSED);
  let b = select(other, value, REVERSED);
  return vec4f(a < b);
}
