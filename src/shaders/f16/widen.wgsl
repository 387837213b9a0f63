// A tensor in an arena of f16 as row-major f32 in a buffer.
//
// y[i] = x[i]
//
// Layout: x in the place of the weights, in words of two f16; y in the place of the arena.
// Dispatch: flat over the elements of y.

//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  // the first element of each
  x: u32,
  y: u32,
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> arena: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let at_x = params.x + index;
  let pair = unpack2x16float(weights[at_x / 2u]);
  arena[params.y + index] = select(pair.x, pair.y, at_x % 2u == 1u);
}
