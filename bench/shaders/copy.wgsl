// Copies quads from one buffer to another, 4 an invocation: what memory gives and takes.

override WORKGROUP: u32 = 64;

struct Params {
  // quads of a quarter of the buffer
  quarter: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + local;
  if (i >= params.quarter) {
    return;
  }
  let q = params.quarter;
  let x0 = x[i];
  let x1 = x[i + q];
  let x2 = x[i + 2u * q];
  let x3 = x[i + 3u * q];
  y[i] = x0;
  y[i + q] = x1;
  y[i + 2u * q] = x2;
  y[i + 3u * q] = x3;
}
