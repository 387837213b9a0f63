// y = arcsin x
//#import function/arc

fn stage(value: vec4f, place: Place) -> vec4f {
  return arc_sine(value);
}
