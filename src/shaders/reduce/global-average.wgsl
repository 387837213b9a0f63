// Global average pooling.
//
// y[c] = sum over pixels p of x[c, p] / area
//
// Layout: x and y in channel quads, y of one pixel.
// Dispatch: flat over images and quads, WORKGROUP / SPLIT of them a workgroup. The SPLIT lanes of a
// quad take every SPLIT-th pixel each, and are then folded.

//#import shared/memory
//#import shared/place
//#import shared/quad-of-x
//#import shared/flat-index
//#import shared/fold-lanes

override WORKGROUP: u32 = 64;
override SPLIT: u32 = 64;

struct Params {
  x: u32,
  x_image: u32,
  // pixels of an image of x
  area: u32,
  y: u32,
  y_image: u32,
  quads: u32,
  // images * quads
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot load_x
fn load_x(value: vec4f, place: Place) -> vec4f { return value; }

//#hold load_x
fn hold_x(place: Place) {}

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let planes = WORKGROUP / SPLIT;
  let lane = at.local / planes;
  let plane = workgroup_index(at, params.grid_width) * planes + at.local % planes;
  // Lanes without a plane read the last one, so that all meet at the barriers.
  let present = min(plane, params.count - 1u);
  let image = present / params.quads;
  let quad = present % params.quads;
  let x_quad = quad_of_x(params.x, params.x_image, image, quad, params.area);

  hold_x(Place(image, quad, 0u));
  var sum = vec4f(0.0);
  for (var pixel = lane; pixel < params.area; pixel += SPLIT) {
    sum += load_x(load(x_quad + pixel), Place(image, quad, pixel));
  }
  let mean = fold_lanes(sum, at.local) / f32(params.area);
  if (lane == 0u && plane < params.count) {
    store(params.y + image * params.y_image + quad, store_y(mean, Place(image, quad, 0u)));
  }
}

alias Partial = vec4f;

fn combine(a: Partial, b: Partial) -> Partial {
  return a + b;
}
