// y = the nearest integer, halves to even

fn stage(value: vec4f, place: Place) -> vec4f {
  return round(value);
}
