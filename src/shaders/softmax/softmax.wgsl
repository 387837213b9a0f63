// Softmax over one axis; y may lie where x lies.
//
// y[i] = exp(x[i] - max x) / sum over k of exp(x[k] - max x), or with LOG its logarithm
//
// Layout: x and y flat, seen as [outer, size, inner].
// Dispatch: flat over the rows (outer * inner), WORKGROUP / SPLIT of them a workgroup. The SPLIT
// lanes of a row take every SPLIT-th element each.

//#import shared/memory-flat
//#import shared/flat-index
//#import shared/rows
//#import shared/fold-lanes

override WORKGROUP: u32 = 64;
override SPLIT: u32 = 64;
override LOG: bool = false;

struct Params {
  x: u32,
  y: u32,
  size: u32,
  inner: u32,
  rows: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let group = WORKGROUP / SPLIT;
  let lane = at.local / group;
  let row = workgroup_index(at, params.grid_width) * group + at.local % group;
  // Lanes without a row read the last one, so that all meet at the barriers.
  let start = row_start(min(row, params.rows - 1u), params.size, params.inner);
  let x = params.x + start;

  var greatest = LEAST;
  for (var k = lane; k < params.size; k += SPLIT) {
    greatest = max(greatest, load_element(x + k * params.inner));
  }
  var sum = 0.0;
  for (var k = lane; k < params.size; k += SPLIT) {
    sum += exp(load_element(x + k * params.inner) - greatest);
  }
  let whole = fold_lanes(Partial(greatest, sum), at.local);
  if (row >= params.rows) {
    return;
  }
  for (var k = lane; k < params.size; k += SPLIT) {
    let at_k = k * params.inner;
    let distance = load_element(x + at_k) - whole.x;
    store_element(
      params.y + start + at_k,
      select(exp(distance) / whole.y, distance - log(whole.y), LOG),
    );
  }
}

// WGSL has no infinity.
const LEAST = -3.4028234663852886e38;

// The greatest of some elements, and the sum of the exponentials of their distances to it.
alias Partial = vec2f;

fn combine(a: Partial, b: Partial) -> Partial {
  let greatest = max(a.x, b.x);
  return Partial(greatest, a.y * exp(a.x - greatest) + b.y * exp(b.x - greatest));
}
