// y = x == operand
//#include stage/operand

fn stage(value: vec4f, place: Place) -> vec4f {
  let a = value;
  let b = operand(place);
  return vec4f(a == b);
}
