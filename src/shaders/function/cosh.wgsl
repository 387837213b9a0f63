// y = (e^x + e^-x) / 2, half of e^x as e^(x - ln 2), which overflows later

fn stage(value: vec4f, place: Place) -> vec4f {
  return exp(abs(value) - 0.6931472) + exp(-abs(value) - 0.6931472);
}
