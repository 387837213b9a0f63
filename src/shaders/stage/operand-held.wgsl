// The operand of a stage, one for each channel: held for all pixels of a quad that the kernel reads.

const FROM_WEIGHTS = false;

struct Operand {
  offset: u32,
  // vec4s from one image or quad to the next; 0 where the operand has size 1
  image_stride: u32,
  quad_stride: u32,
  // 1: the operand has one channel, in lane 0, which serves all four
  splat: u32,
}
@group(1) @binding(0) var<uniform> operand_at: Operand;

var<private> held: vec4f;

//#slot load_operand
fn load_operand(value: vec4f, place: Place) -> vec4f { return value; }

fn hold(place: Place) {
  let index = operand_at.offset + place.image * operand_at.image_stride
    + place.quad * operand_at.quad_stride;
  var quad: vec4f;
  if (FROM_WEIGHTS) {
    quad = load_weight(index);
  } else {
    quad = load(index);
  }
  held = select(quad, quad.xxxx, operand_at.splat == 1u);
}

fn operand(place: Place) -> vec4f {
  return load_operand(held, place);
}
