// The rows of a flat tensor along one axis: `inner` elements lie between neighbours of a row.

// Element 0 of a row, counted from the start of a tensor whose rows have `size` elements.
fn row_start(row: u32, size: u32, inner: u32) -> u32 {
  return row / inner * size * inner + row % inner;
}
