// What barriers of a workgroup take: 4 an iteration.

override WORKGROUP: u32 = 64;

struct Params {
  iterations: u32,
  factor: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> arena: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;

var<workgroup> turn: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  // Barriers that order nothing could be removed.
  turn[local] = weights[local].x;
  for (var i = 0u; i < params.iterations; i++) {
    workgroupBarrier();
    turn[local] *= params.factor;
    workgroupBarrier();
    let next = turn[(local + 1u) % WORKGROUP];
    workgroupBarrier();
    turn[local] += next;
    workgroupBarrier();
  }
  if (turn[local] == 12345.0) {
    arena[local] = vec4f(turn[local]);
  }
}
