// As shared/fold-lanes where all lanes of a workgroup share one result. WGSL knows it to be the same
// for all, so that a loop with barriers may end by it.

var<workgroup> lane_results: array<Partial, WORKGROUP>;

fn fold_lanes(value: Partial, local: u32) -> Partial {
  lane_results[local] = value;
  for (var distance = WORKGROUP / 2u; distance > 0u; distance /= 2u) {
    workgroupBarrier();
    if (local < distance) {
      lane_results[local] = combine(lane_results[local], lane_results[local + distance]);
    }
  }
  return workgroupUniformLoad(&lane_results[0]);
}
