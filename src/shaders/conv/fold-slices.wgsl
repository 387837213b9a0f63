// Sums what the SPLIT slices of a workgroup have added up for the same SUMS quads of y.
// The kernel declares SPLIT and SUMS. A barrier lies between what is written and what is read.

var<workgroup> slice_sums: array<vec4f, SPLIT * SUMS>;

fn put_slice(slice: u32, index: u32, sum: vec4f) {
  slice_sums[slice * SUMS + index] = sum;
}

fn fold_slices(index: u32) -> vec4f {
  var sum = slice_sums[index];
  for (var slice = 1u; slice < SPLIT; slice++) {
    sum += slice_sums[slice * SUMS + index];
  }
  return sum;
}
