/** Parts of a value's channels, and sums of parts: what blocks with several paths share. */
import type { Value } from "../graph/graph.ts";
import type { Scope } from "./scope.ts";

/** Channels from `first` on. x [N, C, H, W] -> [N, channels, H, W] */
export function channelSlice(scope: Scope, x: Value, first: number, channels: number): Value {
  return scope.builder.op(
    "slice",
    [x],
    { axes: [1], starts: [first], sizes: [channels], steps: [1] },
    scope.path,
  );
}

/** The channels in consecutive parts of the given sizes, which need not cover them all. */
export function splitChannels(scope: Scope, x: Value, sizes: readonly number[]): Value[] {
  let first = 0;
  return sizes.map((size, i) => {
    const part = channelSlice(scope.at(`split${i}`), x, first, size);
    first += size;
    return part;
  });
}

/** `torch.chunk`'s sizes: ceil(channels / parts) each but the last; there may be fewer parts. */
export function chunkSizes(channels: number, parts: number): number[] {
  const size = Math.ceil(channels / parts);
  const count = Math.ceil(channels / size);
  return Array.from({ length: count }, (_, i) => Math.min(size, channels - i * size));
}

/** values[0] + values[1] + ... */
export function sumOf(scope: Scope, values: readonly Value[]): Value {
  return values.reduce((sum, value, i) =>
    scope.builder.binary("add", sum, value, scope.name(`add${i}`)),
  );
}

/** weights[0] * values[0] + weights[1] * values[1] + ... */
export function weightedSum(
  scope: Scope,
  values: readonly Value[],
  weights: readonly Value[],
): Value {
  const weighted = values.map((value, i) =>
    scope.builder.binary("mul", value, weights[i], scope.name(`mul${i}`)),
  );
  return sumOf(scope, weighted);
}
