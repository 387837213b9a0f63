// y = arctan x
//#import function/arc

fn stage(value: vec4f, place: Place) -> vec4f {
  return arc_tangent(value);
}
