// y = operand: for a kernel that reads x elsewhere than at the places that it counts.
//#include stage/operand

fn stage(value: vec4f, place: Place) -> vec4f {
  return operand(place);
}
