// Non-maximum suppression, second dispatch: joins the picks of all rows.
//
// selected[counts[0] + .. + counts[row - 1] + k] = (image, class, picks[row, k]); -1 past the last
//
// Layout: picks [rows, most], counts [rows], selected [rows * most, 3], total, flat.
// Dispatch: flat over rows, a workgroup each; a lane takes every WORKGROUP-th pick.

//#import shared/memory-flat
//#import shared/flat-index
//#import shared/fold-lanes

override WORKGROUP: u32 = 64;
override SPLIT: u32 = 64;

struct Params {
  picks: u32,
  counts: u32,
  selected: u32,
  total: u32,
  rows: u32,
  classes: u32,
  most: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let row = workgroup_index(at, params.grid_width);

  var sums = Partial();
  for (var other = at.local; other < params.rows; other += WORKGROUP) {
    let picked = u32(load_element(params.counts + other));
    sums += Partial(select(0u, picked, other < row), picked);
  }
  sums = fold_lanes(sums, at.local);
  if ((row == 0u) & (at.local == 0u)) {
    store_element(params.total, f32(sums.y));
  }
  if (row >= params.rows) {
    return;
  }
  let picked = u32(load_element(params.counts + row));
  for (var k = at.local; k < params.most; k += WORKGROUP) {
    if (k < picked) {
      let pick = load_element(params.picks + row * params.most + k);
      let entry = vec3f(f32(row / params.classes), f32(row % params.classes), pick);
      store_entry(sums.x + k, entry);
    }
    // The slots of all rows together are those of the result.
    let slot = row * params.most + k;
    if (slot >= sums.y) {
      store_entry(slot, vec3f(-1.0));
    }
  }
}

fn store_entry(slot: u32, entry: vec3f) {
  store_element(params.selected + 3u * slot, entry.x);
  store_element(params.selected + 3u * slot + 1u, entry.y);
  store_element(params.selected + 3u * slot + 2u, entry.z);
}

// Picks of the rows before this one, and of all.
alias Partial = vec2u;

fn combine(a: Partial, b: Partial) -> Partial {
  return a + b;
}
