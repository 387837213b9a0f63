// The position of an invocation in the grid.

struct Invocation {
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) local: u32,
}
