// What two passes over some numbers need to normalise them exactly: the first finds a mean, the
// second the sums of distances to it, and of their squares. The first sum tells how far the mean is
// off by rounding. The kernel declares `Number`, f32 or vec4f, and calls `fold_lanes`.

struct Partial {
  sum: Number,
  squares: Number,
}

fn combine(a: Partial, b: Partial) -> Partial {
  return Partial(a.sum + b.sum, a.squares + b.squares);
}

struct Statistics {
  // Kept apart from the mean, which far from 0 cannot hold it.
  error: Number,
  // 1 / sqrt(variance + epsilon)
  inverse: Number,
}

// Numbers that are all equal have variance 0: without an epsilon they become 0.
fn statistics(distances: Partial, count: f32, epsilon: f32) -> Statistics {
  let error = distances.sum / count;
  let variance = max(distances.squares / count - error * error, Number(0.0));
  return Statistics(error, inverseSqrt(max(variance + epsilon, Number(1e-37))));
}
