// y = cos x
//#import function/sine

fn stage(value: vec4f, place: Place) -> vec4f {
  return cosine(value);
}
