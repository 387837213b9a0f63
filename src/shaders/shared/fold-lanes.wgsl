// Folds the partial results of the SPLIT lanes that share an output, by a tree in workgroup memory.
// The kernel declares WORKGROUP, SPLIT (a power of 2), the type Partial and `combine`.

var<workgroup> lane_results: array<Partial, WORKGROUP>;

// Lanes WORKGROUP / SPLIT apart share an output and all get its result. Call in uniform control flow.
fn fold_lanes(value: Partial, local: u32) -> Partial {
  let outputs = WORKGROUP / SPLIT;
  // A call before this one may still be read.
  workgroupBarrier();
  lane_results[local] = value;
  for (var distance = WORKGROUP / 2u; distance >= outputs; distance /= 2u) {
    workgroupBarrier();
    if (local < distance) {
      lane_results[local] = combine(lane_results[local], lane_results[local + distance]);
    }
  }
  workgroupBarrier();
  return lane_results[local % outputs];
}
