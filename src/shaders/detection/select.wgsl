// Non-maximum suppression, first dispatch: the boxes that each class of each image keeps.
//
// picks[row, k] = the best of the row's candidates that picks[row, 0..k) neither are nor suppress
//
// Each time, all candidates are compared with the last pick, and the best of those that it leaves
// is found. A lane keeps a list of its candidates, every WORKGROUP-th box, which only gets shorter.
//
// Layout: boxes [images, count, 4], scores [rows, count], picks [rows, most], counts [rows], flat;
// indices of boxes as f32, exact up to 2^24. lists [rows, count] is scratch: entry k of a lane stands
// at lane + k * WORKGROUP.
// Dispatch: flat over rows (images * classes), a workgroup each.

//#import shared/memory-flat
//#import shared/flat-index
//#import detection/fold-lanes
//#import detection/overlap

override WORKGROUP: u32 = 64;

struct Params {
  boxes: u32,
  scores: u32,
  lists: u32,
  picks: u32,
  counts: u32,
  rows: u32,
  // of an image
  classes: u32,
  // boxes of an image
  count: u32,
  // picks of a row
  most: u32,
  score_threshold: f32,
  // that overlaps must exceed, and see detection/overlap
  threshold: f32,
  mantissa: u32,
  exponent: i32,
  grid_width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  let row = workgroup_index(at, params.grid_width);
  let list = params.lists + row * params.count + at.local;
  let picks = params.picks + row * params.most;

  var length = list_candidates(row, at.local, list);
  var last = NONE;
  var picked = 0u;
  while (picked < params.most) {
    let own = drop_suppressed(row, list, &length, last);
    last = fold_lanes(own, at.local);
    if (last.y < 0.0) {
      break;
    }
    if (at.local == 0u) {
      store_element(picks + picked, last.y);
    }
    picked++;
  }
  if ((at.local == 0u) & (row < params.rows)) {
    store_element(params.counts + row, f32(picked));
  }
}

// Score and box of a candidate.
alias Partial = vec2f;

const NONE = Partial(-3.4028234663852886e38, -1.0);

fn combine(a: Partial, b: Partial) -> Partial {
  let b_first = (b.x > a.x) | ((b.x == a.x) & (b.y < a.y));
  return select(a, b, ((b.y >= 0.0) & b_first) | (a.y < 0.0));
}

// Lists the lane's boxes whose scores exceed the threshold; returns how many they are.
fn list_candidates(row: u32, lane: u32, list: u32) -> u32 {
  var length = 0u;
  if (row < params.rows) {
    for (var box = lane; box < params.count; box += WORKGROUP) {
      if (load_element(params.scores + row * params.count + box) > params.score_threshold) {
        store_element(list + length * WORKGROUP, f32(box));
        length++;
      }
    }
  }
  return length;
}

// Takes the last pick and all that it suppresses from the list; returns the best that is left.
fn drop_suppressed(row: u32, list: u32, length: ptr<function, u32>, last: Partial) -> Partial {
  let boxes = params.boxes + row / params.classes * params.count * 4u;
  let scores = params.scores + row * params.count;
  let pick = corners_at(boxes + 4u * u32(max(last.y, 0.0)));
  var best = NONE;
  var left = 0u;
  for (var k = 0u; k < *length; k++) {
    let box = load_element(list + k * WORKGROUP);
    let is_suppressed = suppresses(pick, corners_at(boxes + 4u * u32(box)));
    if ((last.y < 0.0) | ((box != last.y) & !is_suppressed)) {
      store_element(list + left * WORKGROUP, box);
      left++;
      best = combine(best, Partial(load_element(scores + u32(box)), box));
    }
  }
  *length = left;
  return best;
}

fn corners_at(box: u32) -> vec4f {
  return corners_of(vec4f(
    load_element(box),
    load_element(box + 1u),
    load_element(box + 2u),
    load_element(box + 3u),
  ));
}
