// y = arccos x: 2 arcsin sqrt((1 - |x|) / 2), for x < 0 taken from pi; it loses no digits near -1 and 1
//#import function/arc

fn stage(value: vec4f, place: Place) -> vec4f {
  let y = 2.0 * arc_sine(sqrt(max(1.0 - abs(value), vec4f(0.0)) * 0.5));
  return select(y, 3.1415927 - y, value < vec4f(0.0));
}
