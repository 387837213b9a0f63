// Fused multiply-adds from registers: 256 an iteration and invocation, in 8 independent chains.

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
  // From a uniform, so that no compiler can work the sums out.
  let m = vec4f(params.factor);
  let c = vec4f(params.addend);
  var a = vec4f(f32(id.x & 7u));
  var b = vec4f(f32(id.x & 3u));
  for (var i = 0u; i < params.iterations; i++) {
    a = chain8(chain8(chain8(chain8(a, m, c), m, c), m, c), m, c);
    b = chain8(chain8(chain8(chain8(b, m, c), m, c), m, c), m, c);
  }
  // Never true; without a use the loop would be removed.
  if (a.x + b.x == 12345.0) {
    y[id.x & 63u] = a + b;
  }
}

fn chain8(x: vec4f, m: vec4f, c: vec4f) -> vec4f {
  let pair = fma(fma(x, m, c), m, c);
  let four = fma(fma(pair, m, c), m, c);
  let six = fma(fma(four, m, c), m, c);
  return fma(fma(six, m, c), m, c);
}
