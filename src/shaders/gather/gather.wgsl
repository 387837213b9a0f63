// Gathers slices along an axis.
//
// y[outer, k, inner] = x[outer, indices[k], inner]; a negative index counts from the end
//
// Layout: x, indices (f32 holding integers) and y flat; x seen as [outer, size, inner].
// Dispatch: flat over the elements of y. An index outside of the axis reads the nearest element.

//#import shared/memory-flat
//#import shared/flat-index

override WORKGROUP: u32 = 64;

struct Params {
  x: u32,
  indices: u32,
  y: u32,
  size: i32,
  inner: u32,
  // number of indices
  indices_count: u32,
  count: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let index = flat_index(at, params.grid_width);
  if (index >= params.count) {
    return;
  }
  let slice = index / params.inner;
  let outer = slice / params.indices_count;
  let given = i32(load_element(params.indices + slice % params.indices_count));
  let row = clamp(select(given, given + params.size, given < 0), 0, params.size - 1);
  let x = (outer * u32(params.size) + u32(row)) * params.inner + index % params.inner;
  store_element(params.y + index, load_element(params.x + x));
}
