// What both dispatches of top-k share: the rows, their chunks, and the order of elements.

//#import shared/memory-bits
//#import shared/rows

override LARGEST: bool = true;

struct Params {
  // x, values, indices and bests in elements
  x: u32,
  values: u32,
  indices: u32,
  // [row][chunk] of (value, index)
  bests: u32,
  k: u32,
  size: u32,
  inner: u32,
  rows: u32,
  chunks: u32,
  // elements of a chunk; a chunk may reach beyond the end of the row
  length: u32,
  // element j of chunk c is element c * chunk_step + j * element_step of its row
  chunk_step: u32,
  element_step: u32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

// A key, which is greater the earlier an element comes, and its index in the row.
alias Partial = vec2u;

const NONE = Partial(0u, 0xffffffffu);
const BEFORE_ALL = Partial(0xffffffffu, 0u);

// `&&` and `||` would branch; `&` and `|` do not.
fn precedes(a: Partial, b: Partial) -> bool {
  // Of equal elements the one with the lower index comes first.
  return (a.x > b.x) | ((a.x == b.x) & (a.y < b.y));
}

fn combine(a: Partial, b: Partial) -> Partial {
  return select(a, b, precedes(b, a));
}

// The bits of an f32 as a number of the same order: exact for infinities and denormals too.
fn key_of(bits: u32) -> u32 {
  // -0 equals 0
  let value = select(bits, 0u, bits == 0x80000000u);
  let ordered = select(value | 0x80000000u, ~value, value >= 0x80000000u);
  return select(~ordered, ordered, LARGEST);
}

// The inverse, but that -0 has become 0.
fn bits_of(key: u32) -> u32 {
  let ordered = select(~key, key, LARGEST);
  return select(~ordered, ordered & 0x7fffffffu, ordered >= 0x80000000u);
}

// The first element of a chunk that comes after another, among every `lanes`-th.
fn best_of_chunk(row: u32, chunk: u32, after: Partial, lane: u32, lanes: u32) -> Partial {
  let x = params.x + row_start(row, params.size, params.inner);
  let start = chunk * params.chunk_step + lane * params.element_step;
  let end = min(params.size, chunk * params.chunk_step + params.length * params.element_step);
  var best = NONE;
  for (var index = start; index < end; index += lanes * params.element_step) {
    let element = Partial(key_of(load_bits(x + index * params.inner)), index);
    // Indices rise, so that an equal element comes later.
    best = select(best, element, (element.x > best.x) & precedes(after, element));
  }
  return best;
}

// Not the key itself: memory of 16 bits holds what was read from it, but not every key.
fn store_best(row: u32, chunk: u32, best: Partial) {
  let index = params.bests + 2u * (row * params.chunks + chunk);
  // No number is as late as NONE; its bits are not those of a number.
  store_bits(index, select(bits_of(best.x), 0u, best.y == NONE.y));
  store_count(index + 1u, best.y);
}

fn load_best(row: u32, chunk: u32) -> Partial {
  let index = params.bests + 2u * (row * params.chunks + chunk);
  let best = Partial(key_of(load_bits(index)), load_count(index + 1u));
  return select(best, NONE, best.y == NONE.y);
}
