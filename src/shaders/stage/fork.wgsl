// y = x, and stores a function of x as a second tensor.

struct Target {
  offset: u32,
  // vec4s from one image or quad to the next
  image_stride: u32,
  quad_stride: u32,
}
@group(1) @binding(0) var<uniform> target_at: Target;

//#slot fork_value
fn fork_value(value: vec4f, place: Place) -> vec4f { return value; }

fn stage(value: vec4f, place: Place) -> vec4f {
  let index = target_at.offset + place.image * target_at.image_stride
    + place.quad * target_at.quad_stride + place.pixel;
  store(index, fork_value(value, place));
  return value;
}
