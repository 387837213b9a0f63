// A reduction over one axis.
//
// y = sum, maximum, minimum or product over k of x[k]; the sum is divided for a mean
//
// Layout: x flat, seen as [outer, size, inner]; y flat, [outer, inner].
// Dispatch: flat over the rows (outer * inner), WORKGROUP / SPLIT of them a workgroup. The SPLIT
// lanes of a row take every SPLIT-th element each.

//#import shared/memory-flat
//#import shared/flat-index
//#import shared/rows
//#import shared/fold-lanes

override WORKGROUP: u32 = 64;
override SPLIT: u32 = 64;
// 0 sum, 1 maximum, 2 minimum, 3 product
override KIND: u32 = 0;

struct Params {
  x: u32,
  y: u32,
  size: u32,
  inner: u32,
  rows: u32,
  // the size for a mean, else 1
  divisor: f32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let group = WORKGROUP / SPLIT;
  let lane = at.local / group;
  let row = workgroup_index(at, params.grid_width) * group + at.local % group;
  // Lanes without a row read the last one, so that all meet at the barriers.
  let x = params.x + row_start(min(row, params.rows - 1u), params.size, params.inner);

  // A maximum may begin with any element: it is as good as taking it once more.
  var result = load_element(x);
  if (KIND == 0u) {
    result = 0.0;
  } else if (KIND == 3u) {
    result = 1.0;
  }
  for (var k = lane; k < params.size; k += SPLIT) {
    result = combine(result, load_element(x + k * params.inner));
  }
  result = fold_lanes(result, at.local);
  if (lane == 0u && row < params.rows) {
    store_element(params.y + row, result / params.divisor);
  }
}

alias Partial = f32;

fn combine(a: Partial, b: Partial) -> Partial {
  switch KIND {
    case 1u: { return max(a, b); }
    case 2u: { return min(a, b); }
    case 3u: { return a * b; }
    default: { return a + b; }
  }
}
