// Row-major f32 of a buffer into an arena of f16.
//
// y[i] = x[i], rounded, and no greater than 65504
//
// Layout: x in the place of the weights; y flat in the arena, in words of two f16.
// Dispatch: flat over the words of y. Beyond the end of x the last word has a number of its padding.

//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  // in words
  y: u32,
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> arena: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<vec2f>;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  arena[params.y + index] = pack2x16float(clamp(weights[index], vec2f(-65504.0), vec2f(65504.0)));
}
