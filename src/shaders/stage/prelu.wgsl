// y = x > 0 ? x : operand * x (He et al., PReLU, arXiv 1502.01852, equation 1)
//#include stage/operand

fn stage(value: vec4f, place: Place) -> vec4f {
  return select(operand(place) * value, value, value > vec4f(0.0));
}
