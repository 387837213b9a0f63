// y = sin x
//#import function/sine

fn stage(value: vec4f, place: Place) -> vec4f {
  return sine(value);
}
