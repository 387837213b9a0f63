// y = erf x
//#import shared/erf

fn stage(value: vec4f, place: Place) -> vec4f {
  return erf(value);
}
