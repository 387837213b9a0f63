// y = x rounded toward zero: a cast to an integer

fn stage(value: vec4f, place: Place) -> vec4f {
  return trunc(value);
}
