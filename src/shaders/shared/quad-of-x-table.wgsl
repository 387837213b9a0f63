// Where a quad of x lies; its quads lie apart, and a table has them, image by image.

const TABLE_ROWS = 16u;

struct Table {
  // quads of an image
  quads: u32,
  unused_1: u32,
  unused_2: u32,
  unused_3: u32,
  entries: array<vec4u, TABLE_ROWS>,
}
@group(1) @binding(0) var<uniform> table_of_x: Table;

fn quad_of_x(x: u32, image_stride: u32, image: u32, quad: u32, area: u32) -> u32 {
  let entry = image * table_of_x.quads + quad;
  return table_of_x.entries[entry / 4u][entry % 4u];
}
