// A 4 x 4 block of weights, read once by a subgroup: each lane loads one column and broadcasts it.
// Must be called in uniform control flow, by subgroups of at least 4 invocations.
// The check of that is off: it takes the place of a workgroup for non-uniform, in a struct with others.
enable subgroups;

@diagnostic(off, subgroup_uniformity)
fn weight_block(index: u32, at: Invocation) -> mat4x4f {
  let column = load_weight(index + (at.lane & 3u));
  return mat4x4f(
    subgroupBroadcast(column, 0u),
    subgroupBroadcast(column, 1u),
    subgroupBroadcast(column, 2u),
    subgroupBroadcast(column, 3u),
  );
}
