// The number of an invocation in a grid that is spread over x and y, since neither may exceed 65535.
// The kernel declares WORKGROUP.

//#import shared/invocation

// `grid_width`: workgroups in a row of the grid
fn workgroup_index(at: Invocation, grid_width: u32) -> u32 {
  return at.workgroup.y * grid_width + at.workgroup.x;
}

fn flat_index(at: Invocation, grid_width: u32) -> u32 {
  return workgroup_index(at, grid_width) * WORKGROUP + at.local;
}
