// The operand of a stage, of the sizes of y: its quads lie apart, and a table has them, image by image.

const TABLE_ROWS = 16u;

struct Operand {
  // quads of an image
  quads: u32,
  unused_1: u32,
  unused_2: u32,
  unused_3: u32,
  entries: array<vec4u, TABLE_ROWS>,
}
@group(1) @binding(0) var<uniform> operand_at: Operand;

//#slot load_operand
fn load_operand(value: vec4f, place: Place) -> vec4f { return value; }

fn operand(place: Place) -> vec4f {
  let entry = place.image * operand_at.quads + place.quad;
  let quad = load(operand_at.entries[entry / 4u][entry % 4u] + place.pixel);
  return load_operand(quad, place);
}
