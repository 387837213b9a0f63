// Hardly anything: each dispatch reads what the one before it wrote, so what is timed is the dispatch.

override WORKGROUP: u32 = 64;

struct Params {
  unused: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  y[local] = y[(local + 1u) % WORKGROUP] + f32(params.unused);
}
