// Loads of quads from workgroup memory: 8 an iteration and invocation, at indices that are not known before.

override WORKGROUP: u32 = 64;
const MASK = 511u;

struct Params {
  iterations: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

var<workgroup> tile: array<vec4f, MASK + 1u>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  for (var i = local; i <= MASK; i += WORKGROUP) {
    tile[i] = vec4f(f32(i));
  }
  workgroupBarrier();
  var at = local;
  var sum = vec4f(0.0);
  for (var i = 0u; i < params.iterations; i++) {
    let x0 = tile[at & MASK];
    let x1 = tile[(at + 64u) & MASK];
    let x2 = tile[(at + 128u) & MASK];
    let x3 = tile[(at + 192u) & MASK];
    let x4 = tile[(at + 256u) & MASK];
    let x5 = tile[(at + 320u) & MASK];
    let x6 = tile[(at + 384u) & MASK];
    let x7 = tile[(at + 448u) & MASK];
    sum += ((x0 + x1) + (x2 + x3)) + ((x4 + x5) + (x6 + x7));
    at += 1u;
  }
  if (sum.x == 12345.0) {
    y[id.x & 63u] = sum;
  }
}
