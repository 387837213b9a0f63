// In the place of shared/grid where a side of the grid exceeds what a device allows: the workgroups
// are counted along rows of a flatter grid. Those past the end do the last one's work once more.

override GRID_WIDTH: u32 = 1;
override GRID_X: u32 = 1;
override GRID_Y: u32 = 1;
override GRID_Z: u32 = 1;

fn grid_position(id: vec3u) -> vec3u {
  let index = min(id.y * GRID_WIDTH + id.x, GRID_X * GRID_Y * GRID_Z - 1u);
  return vec3u(index % GRID_X, index / GRID_X % GRID_Y, index / (GRID_X * GRID_Y));
}
