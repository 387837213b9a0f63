// Layer normalisation over runs of neighbouring numbers.
//
// y[i] = (x[i] - mean) / sqrt(variance + epsilon), with mean and variance of the run of i
//
// Layout: x and y flat, seen as [rows, size].
// Dispatch: flat over the rows, WORKGROUP / SPLIT of them a workgroup. The SPLIT lanes of a row take
// every SPLIT-th element each.

//#import shared/memory-flat
//#import shared/flat-index
//#import norm/deviation
//#import shared/fold-lanes

override WORKGROUP: u32 = 64;
override SPLIT: u32 = 64;

alias Number = f32;

struct Params {
  x: u32,
  y: u32,
  size: u32,
  rows: u32,
  epsilon: f32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let group = WORKGROUP / SPLIT;
  let lane = at.local / group;
  let row = workgroup_index(at, params.grid_width) * group + at.local % group;
  // Lanes without a row read the last one, so that all meet at the barriers.
  let start = min(row, params.rows - 1u) * params.size;
  let count = f32(params.size);

  var total = Partial(0.0, 0.0);
  for (var k = lane; k < params.size; k += SPLIT) {
    total.sum += load_element(params.x + start + k);
  }
  let mean = fold_lanes(total, at.local).sum / count;

  var distances = Partial(0.0, 0.0);
  for (var k = lane; k < params.size; k += SPLIT) {
    let distance = load_element(params.x + start + k) - mean;
    distances = combine(distances, Partial(distance, distance * distance));
  }
  let found = statistics(fold_lanes(distances, at.local), count, params.epsilon);
  if (row >= params.rows) {
    return;
  }
  for (var k = lane; k < params.size; k += SPLIT) {
    let distance = load_element(params.x + start + k) - mean;
    store_element(params.y + start + k, (distance - found.error) * found.inverse);
  }
}
