// Loads of quads from a storage buffer that caches hold: 8 an iteration and invocation, of neighbouring
// quads by neighbouring invocations, at indices that are not known before.

override WORKGROUP: u32 = 64;

struct Params {
  iterations: u32,
  mask: u32,
  stride: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let s = params.stride;
  var at = id.x;
  var sum = vec4f(0.0);
  for (var i = 0u; i < params.iterations; i++) {
    let first = at & params.mask;
    // All loads before all sums, as the kernels do it. The buffer is longer than the mask by 8 strides.
    let x0 = x[first];
    let x1 = x[first + s];
    let x2 = x[first + 2u * s];
    let x3 = x[first + 3u * s];
    let x4 = x[first + 4u * s];
    let x5 = x[first + 5u * s];
    let x6 = x[first + 6u * s];
    let x7 = x[first + 7u * s];
    sum += ((x0 + x1) + (x2 + x3)) + ((x4 + x5) + (x6 + x7));
    at += 8u * s;
  }
  if (sum.x == 12345.0) {
    y[id.x & 63u] = sum;
  }
}
