// The operand of a stage, enlarged: each of its pixels stands for FACTOR_H x FACTOR_W of the place's map.

const FACTOR_H = 2u;
const FACTOR_W = 2u;

struct Operand {
  offset: u32,
  // vec4s from one image or quad to the next
  image_stride: u32,
  quad_stride: u32,
  // pixels in a row of the place's map
  width: u32,
}
@group(1) @binding(0) var<uniform> operand_at: Operand;

//#slot load_operand
fn load_operand(value: vec4f, place: Place) -> vec4f { return value; }

fn operand(place: Place) -> vec4f {
  let row = place.pixel / (operand_at.width * FACTOR_H);
  let pixel = (row * operand_at.width + place.pixel % operand_at.width) / FACTOR_W;
  let plane = place.image * operand_at.image_stride + place.quad * operand_at.quad_stride;
  return load_operand(load(operand_at.offset + plane + pixel), place);
}
