// y = x / 2 * (1 + erf(x / sqrt 2)) (Hendrycks and Gimpel, GELU, arXiv 1606.08415)
//#import shared/erf

fn stage(value: vec4f, place: Place) -> vec4f {
  return 0.5 * value * (1.0 + erf(value * 0.70710678));
}
