// Top-k along an axis, second dispatch: takes the best of all chunks k times.
//
// values[rank], indices[rank] = the element of its row that `rank` elements precede
//
// Each time, the winner's chunk is searched for its next element. A lane keeps the best of its
// chunks, every WORKGROUP-th, and looks them through only after one of them has won.
//
// Layout: see topk/rows. Indices are written as numbers, exact up to 2^24 in f32.
// Dispatch: flat over rows, a workgroup each.

//#import topk/rows
//#import shared/flat-index
//#import shared/fold-lanes

override WORKGROUP: u32 = 64;
override SPLIT: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let group = workgroup_index(at, params.grid_width);
  // A workgroup without a row follows the last one to the barriers, but writes nothing.
  let has_row = group < params.rows;
  let row = min(group, params.rows - 1u);
  let result = row_start(row, params.k, params.inner);

  var own = best_of_lane(row, at.local);
  for (var rank = 0u; rank < params.k; rank++) {
    let best = fold_lanes(own, at.local);
    if (has_row && at.local == 0u) {
      let y = result + rank * params.inner;
      let x = row_start(row, params.size, params.inner) + best.y * params.inner;
      store_bits(params.values + y, load_bits(params.x + x));
      store_bits(params.indices + y, bitcast<u32>(f32(best.y)));
    }
    if (rank + 1u == params.k) {
      break;
    }
    let chunk = best.y / params.chunk_step % params.chunks;
    let next = fold_lanes(best_of_chunk(row, chunk, best, at.local, WORKGROUP), at.local);
    if (has_row && chunk % WORKGROUP == at.local) {
      store_best(row, chunk, next);
      own = best_of_lane(row, at.local);
    }
  }
}

fn best_of_lane(row: u32, lane: u32) -> Partial {
  var best = NONE;
  for (var chunk = lane; chunk < params.chunks; chunk += WORKGROUP) {
    best = combine(best, load_best(row, chunk));
  }
  return best;
}
