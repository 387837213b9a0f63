// The greatest magnitude in a tensor, as the bits of that number without its sign: those of NaN are
// greater than those of infinity, which are greater than those of any number.
//
// greatest[slot] = max(greatest[slot], max |x[i]|)
//
// Layout: x in the place of the weights, in words of one f32 or of two f16; it is runs of elements,
//         their starts `stride` apart. In quads only some lanes count. The result in the place of the arena.
// Dispatch: flat, over fewer invocations than elements: each takes those that lie `invocations` apart.

//#import shared/invocation

override WORKGROUP: u32 = 64;

// Whether a word holds two elements.
const HALF: bool = false;

struct Params {
  // of x, in elements
  start: u32,
  run: u32,
  stride: u32,
  count: u32,
  // one bit for each lane of a quad
  lanes: u32,
  slot: u32,
  invocations: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> arena: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  var greatest = 0u;
  let first = at.workgroup.x * WORKGROUP + at.local;
  for (var i = first; i < params.count; i += params.invocations) {
    let element = params.start + (i / params.run) * params.stride + i % params.run;
    if (((params.lanes >> (element & 3u)) & 1u) == 1u) {
      greatest = max(greatest, magnitude(element));
    }
  }
  atomicMax(&arena[params.slot], greatest);
}

fn magnitude(element: u32) -> u32 {
  if (HALF) {
    return (weights[element / 2u] >> (16u * (element & 1u))) & 0x7fffu;
  }
  return weights[element] & 0x7fffffffu;
}
