// The second operand of a stage: a tensor that broadcasts to the value, from the arena or a constant.

const FROM_WEIGHTS = false;

struct Operand {
  offset: u32,
  // vec4s from one image, quad or pixel to the next; 0 where the operand has size 1
  image_stride: u32,
  quad_stride: u32,
  pixel_stride: u32,
  // 1: the operand has one channel, in lane 0, which serves all four
  splat: u32,
}
@group(1) @binding(0) var<uniform> operand_at: Operand;

//#slot load_operand
fn load_operand(value: vec4f, place: Place) -> vec4f { return value; }

fn operand(place: Place) -> vec4f {
  let index = operand_at.offset + place.image * operand_at.image_stride
    + place.quad * operand_at.quad_stride + place.pixel * operand_at.pixel_stride;
  var quad: vec4f;
  if (FROM_WEIGHTS) {
    quad = load_weight(index);
  } else {
    quad = load(index);
  }
  return load_operand(select(quad, quad.xxxx, operand_at.splat == 1u), place);
}
