// y = x * relu6(x + 3) / 6 (Howard et al., MobileNetV3, arXiv 1905.02244, section 5.2)

fn stage(value: vec4f, place: Place) -> vec4f {
  return value * clamp(value + 3.0, vec4f(0.0), vec4f(6.0)) * (1.0 / 6.0);
}
