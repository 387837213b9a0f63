// Barriers of a workgroup: 8 an iteration.

override WORKGROUP: u32 = 64;

struct Params {
  iterations: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

var<workgroup> turn: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  // Barriers that order nothing could be removed.
  turn[local] = local;
  for (var i = 0u; i < params.iterations; i++) {
    workgroupBarrier();
    workgroupBarrier();
    workgroupBarrier();
    workgroupBarrier();
    workgroupBarrier();
    workgroupBarrier();
    workgroupBarrier();
    turn[local] += 1u;
    workgroupBarrier();
  }
  if (turn[(local + 1u) % WORKGROUP] == 4294967295u) {
    y[id.x & 63u] = vec4f(f32(turn[local]));
  }
}
