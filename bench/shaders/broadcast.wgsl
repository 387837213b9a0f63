// Broadcasts within a subgroup: 16 vec4s an iteration and invocation, each with one sum.
enable subgroups;

override WORKGROUP: u32 = 64;

struct Params {
  iterations: u32,
  factor: f32,
  addend: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = vec4f(params.factor);
  let c = vec4f(params.addend);
  var sum = vec4f(0.0);
  var value = vec4f(f32(id.x & 7u));
  for (var i = 0u; i < params.iterations; i++) {
    sum += of_four_lanes(value);
    value = fma(value, m, c);
    sum += of_four_lanes(value);
    value = fma(value, m, c);
    sum += of_four_lanes(value);
    value = fma(value, m, c);
    sum += of_four_lanes(value);
    value = fma(value, m, c);
  }
  if (sum.x == 12345.0) {
    y[id.x & 63u] = sum;
  }
}

fn of_four_lanes(value: vec4f) -> vec4f {
  return (subgroupBroadcast(value, 0u) + subgroupBroadcast(value, 1u)) +
    (subgroupBroadcast(value, 2u) + subgroupBroadcast(value, 3u));
}
