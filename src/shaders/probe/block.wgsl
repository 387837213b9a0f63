// What 4 x 4 blocks of weights take that all invocations read alike: 4 an iteration, each with the
// product that it is read for.

//#import shared/invocation
//#import shared/weight-block

override WORKGROUP: u32 = 64;

struct Params {
  iterations: u32,
  factor: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> arena: array<vec4f>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;

fn load_weight(index: u32) -> vec4f {
  return weights[index];
}

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let x = vec4f(params.factor, f32(at.local & 3u), 1.0, 2.0);
  var a = vec4f(0.0);
  var b = vec4f(0.0);
  var c = vec4f(0.0);
  var d = vec4f(0.0);
  for (var i = 0u; i < params.iterations; i++) {
    let first = (i * 16u) & 1023u;
    a += weight_block(first, at) * x;
    b += weight_block(first + 4u, at) * x;
    c += weight_block(first + 8u, at) * x;
    d += weight_block(first + 12u, at) * x;
  }
  let sum = (a + b) + (c + d);
  if (sum.x == 12345.0) {
    arena[at.local] = sum;
  }
}
