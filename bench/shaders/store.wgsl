// Stores of quads to a storage buffer that caches hold: 8 an iteration and invocation, of neighbouring
// quads by neighbouring invocations, at indices that are not known before.

override WORKGROUP: u32 = 64;

struct Params {
  iterations: u32,
  mask: u32,
  stride: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let s = params.stride;
  let value = vec4f(f32(id.x));
  var at = id.x;
  for (var i = 0u; i < params.iterations; i++) {
    let first = at & params.mask;
    y[first] = value;
    y[first + s] = value;
    y[first + 2u * s] = value;
    y[first + 3u * s] = value;
    y[first + 4u * s] = value;
    y[first + 5u * s] = value;
    y[first + 6u * s] = value;
    y[first + 7u * s] = value;
    at += 8u * s;
  }
}
