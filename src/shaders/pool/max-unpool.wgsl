// Max unpooling: puts every element of x where its index says.
//
// y[c, indices[c, p]] = x[c, p], where the last p wins, and 0 elsewhere
//
// Layout: x, indices and y in channel quads; an index counts the pixels of y row by row, and those
// outside of y are left out.
// Dispatch: flat over images, quads and parts of the plane of y. An invocation alone writes its part,
// so that equal indices need no order between invocations: it looks at all of x, in order.

//#import shared/memory
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  x: u32,
  x_image: u32,
  x_area: u32,
  indices: u32,
  indices_image: u32,
  y: u32,
  y_image: u32,
  y_area: u32,
  quads: u32,
  // pixels of a part of y, and parts of a plane
  part: u32,
  parts: u32,
  // images * quads * parts
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let plane = index / params.parts;
  let image = plane / params.quads;
  let quad = plane % params.quads;
  let start = index % params.parts * params.part;
  let end = min(start + params.part, params.y_area);
  let y = params.y + image * params.y_image + quad * params.y_area;
  let x = params.x + image * params.x_image + quad * params.x_area;
  let indices = params.indices + image * params.indices_image + quad * params.x_area;

  for (var pixel = start; pixel < end; pixel++) {
    store(y + pixel, vec4f(0.0));
  }
  let low = vec4f(f32(start));
  let high = vec4f(f32(end));
  for (var pixel = 0u; pixel < params.x_area; pixel++) {
    let to = load(indices + pixel);
    let mine = (to >= low) & (to < high);
    if (any(mine)) {
      let value = load(x + pixel);
      for (var lane = 0u; lane < 4u; lane++) {
        if (mine[lane]) {
          let target_pixel = y + u32(to[lane]);
          let lanes = vec4u(0u, 1u, 2u, 3u) == vec4u(lane);
          store(target_pixel, select(load(target_pixel), value, lanes));
        }
      }
    }
  }
}
