// The operand of a stage, every channel moved by a direction of its own, as in sample/shift.

const KERNEL = 3u;
const DILATION = 1u;

struct Operand {
  offset: u32,
  // vec4s from one image or quad to the next
  image_stride: u32,
  quad_stride: u32,
  height: u32,
  width: u32,
  // channels in whole turns of the directions
  moved: u32,
}
@group(1) @binding(0) var<uniform> operand_at: Operand;

//#slot load_operand
fn load_operand(value: vec4f, place: Place) -> vec4f { return value; }

fn operand(place: Place) -> vec4f {
  let plane = operand_at.offset + place.image * operand_at.image_stride
    + place.quad * operand_at.quad_stride;
  let row = place.pixel / operand_at.width;
  let column = place.pixel % operand_at.width;
  let first = place.quad * 4u;
  let value = vec4f(
    moved_lane(plane, row, column, first, 0u),
    moved_lane(plane, row, column, first, 1u),
    moved_lane(plane, row, column, first, 2u),
    moved_lane(plane, row, column, first, 3u),
  );
  return load_operand(value, place);
}

fn moved_lane(plane: u32, row: u32, column: u32, first: u32, lane: u32) -> f32 {
  let channel = first + lane;
  let stays = channel >= operand_at.moved;
  // What is negative wraps to a large u32.
  let to_row = row + select((channel / KERNEL % KERNEL - KERNEL / 2u) * DILATION, 0u, stays);
  let to_column = column + select((channel % KERNEL - KERNEL / 2u) * DILATION, 0u, stays);
  let inside = (to_row < operand_at.height) & (to_column < operand_at.width);
  let pixel = select(0u, to_row * operand_at.width + to_column, inside);
  return select(0.0, load(plane + pixel)[lane], inside);
}
