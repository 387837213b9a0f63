// The position of an invocation in the grid and in its subgroup.
enable subgroups;

struct Invocation {
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
}
