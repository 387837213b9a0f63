// Top-k along an axis, first dispatch: the best element of each chunk of each row.
//
// bests[row, chunk] = the first, in the order of the result, of the chunk's elements
//
// Layout: see topk/rows.
// Dispatch: flat over rows and chunks; an invocation reads one chunk.

//#import topk/rows
//#import shared/flat-index

override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.rows * params.chunks) {
    return;
  }
  let row = index / params.chunks;
  let chunk = index % params.chunks;
  store_best(row, chunk, best_of_chunk(row, chunk, BEFORE_ALL, 0u, 1u));
}
