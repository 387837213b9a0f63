// Group normalisation: over the pixels of the channels of a group.
//
// y[c, p] = (x[c, p] - mean) / sqrt(variance + epsilon), with mean and variance of the group of c
//
// Layout: x and y in channel quads. A group is one channel, two, or whole quads, which lie one after
// the other.
// Dispatch: flat over images and groups (or quads, which are smaller), WORKGROUP / SPLIT of them a
// workgroup. The SPLIT lanes of a group take every SPLIT-th of its quads each.

//#import shared/memory
//#import shared/place
//#import shared/flat-index
//#import norm/deviation
//#import shared/fold-lanes

override WORKGROUP: u32 = 64;
override SPLIT: u32 = 64;
// Channels of a quad that are normalised together: 1, 2 or 4.
override TOGETHER: u32 = 1;

alias Number = vec4f;

struct Params {
  x: u32,
  x_image: u32,
  y: u32,
  y_image: u32,
  area: u32,
  // quads of a group, and groups of an image
  quads: u32,
  groups: u32,
  // images * groups
  count: u32,
  epsilon: f32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let rows = WORKGROUP / SPLIT;
  let lane = at.local / rows;
  let row = workgroup_index(at, params.grid_width) * rows + at.local % rows;
  // Lanes without a group read the last one, so that all meet at the barriers.
  let present = min(row, params.count - 1u);
  let image = present / params.groups;
  let quad = present % params.groups * params.quads;
  let size = params.quads * params.area;
  let x = params.x + image * params.x_image + quad * params.area;
  let y = params.y + image * params.y_image + quad * params.area;
  let count = f32(size * TOGETHER);

  var total = Partial(vec4f(0.0), vec4f(0.0));
  for (var i = lane; i < size; i += SPLIT) {
    total.sum += load(x + i);
  }
  let mean = together(fold_lanes(total, at.local).sum) / count;

  var distances = Partial(vec4f(0.0), vec4f(0.0));
  for (var i = lane; i < size; i += SPLIT) {
    let distance = load(x + i) - mean;
    distances = combine(distances, Partial(distance, distance * distance));
  }
  let whole = fold_lanes(distances, at.local);
  let shared_whole = Partial(together(whole.sum), together(whole.squares));
  let found = statistics(shared_whole, count, params.epsilon);
  if (row >= params.count) {
    return;
  }
  for (var i = lane; i < size; i += SPLIT) {
    let place = Place(image, quad + i / params.area, i % params.area);
    let distance = load(x + i) - mean;
    store(y + i, store_y((distance - found.error) * found.inverse, place));
  }
}

// The sum of the lanes that are normalised together, in each of them.
fn together(sum: vec4f) -> vec4f {
  switch TOGETHER {
    case 1u: { return sum; }
    case 2u: { return sum + sum.yxwz; }
    default: { return vec4f(sum.x + sum.y + sum.z + sum.w); }
  }
}
