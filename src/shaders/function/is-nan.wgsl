// y = 1 where x is not a number; by its bits, since a compiler may take for granted that none is NaN

fn stage(value: vec4f, place: Place) -> vec4f {
  return vec4f((bitcast<vec4u>(value) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}
