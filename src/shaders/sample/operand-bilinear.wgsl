// The operand of a stage, enlarged: between the four pixels around the place, as in resize/resize.

struct Operand {
  offset: u32,
  // vec4s from one image or quad to the next
  image_stride: u32,
  quad_stride: u32,
  // pixels in a row of the place's map
  width: u32,
  // Row i of the place's map lies at (i * scale + shift) / divisor of the operand's, not before its
  // first and not behind its last.
  last_row: u32,
  row_scale: i32,
  row_shift: i32,
  row_divisor: i32,
  last_column: u32,
  column_scale: i32,
  column_shift: i32,
  column_divisor: i32,
}
@group(1) @binding(0) var<uniform> operand_at: Operand;

//#slot load_operand
fn load_operand(value: vec4f, place: Place) -> vec4f { return value; }

fn operand(place: Place) -> vec4f {
  let at = vec2i(vec2u(place.pixel / operand_at.width, place.pixel % operand_at.width));
  let scale = vec2i(operand_at.row_scale, operand_at.column_scale);
  let shift = vec2i(operand_at.row_shift, operand_at.column_shift);
  let divisor = vec2i(operand_at.row_divisor, operand_at.column_divisor);
  let last = vec2u(operand_at.last_row, operand_at.last_column);
  // Of whole numbers the fraction is exact wherever the map ends.
  let reached = max(at * scale + shift, vec2i(0));
  let low = min(vec2u(reached / divisor), last);
  let high = min(low + 1u, last);
  let fraction = vec2f(reached % divisor) / vec2f(divisor);
  let plane = operand_at.offset + place.image * operand_at.image_stride
    + place.quad * operand_at.quad_stride;
  let above = mix_columns(plane + low.x * (last.y + 1u), low.y, high.y, fraction.y);
  let below = mix_columns(plane + high.x * (last.y + 1u), low.y, high.y, fraction.y);
  return load_operand(mix(above, below, fraction.x), place);
}

fn mix_columns(row: u32, low: u32, high: u32, fraction: f32) -> vec4f {
  return mix(load(row + low), load(row + high), fraction);
}
