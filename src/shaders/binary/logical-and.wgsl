// y = x and operand
//#include stage/operand

fn stage(value: vec4f, place: Place) -> vec4f {
  let a = value;
  let b = operand(place);
  return vec4f((a != vec4f(0.0)) & (b != vec4f(0.0)));
}
