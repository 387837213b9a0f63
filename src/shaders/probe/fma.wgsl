// What products and sums take: 16 of a vec4 an iteration and invocation, in four chains.

override WORKGROUP: u32 = 64;

struct Params {
  iterations: u32,
  factor: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> arena: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = vec4f(params.factor);
  var a = weights[id.x & 255u];
  var b = a + 1.0;
  var c = a + 2.0;
  var d = a + 3.0;
  for (var i = 0u; i < params.iterations; i++) {
    a = fma(a, factor, b);
    b = fma(b, factor, c);
    c = fma(c, factor, d);
    d = fma(d, factor, a);
    a = fma(a, factor, b);
    b = fma(b, factor, c);
    c = fma(c, factor, d);
    d = fma(d, factor, a);
    a = fma(a, factor, b);
    b = fma(b, factor, c);
    c = fma(c, factor, d);
    d = fma(d, factor, a);
    a = fma(a, factor, b);
    b = fma(b, factor, c);
    c = fma(c, factor, d);
    d = fma(d, factor, a);
  }
  // Never so, which no compiler knows.
  if (d.x == 12345.0) {
    arena[id.x & 63u] = d;
  }
}
