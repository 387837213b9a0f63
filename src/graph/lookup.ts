/** Activations as look-up tables of any size (blocks.md A19). */
import type { UnaryAttributes } from "./attributes.ts";
import { GraphError } from "./errors.ts";

export interface LookupOptions {
  /** Intervals between the entries; by default 256. */
  readonly intervals?: number;
  /** The nearest entry, or a line between two; by default `linear`. */
  readonly mode?: "nearest" | "linear";
  /** Where the first and the last entry lie; by default -8 and 8. */
  readonly range?: readonly [number, number];
  /** Beyond the range the function's limits (0 and 1, or -1 and 1) instead of the last entries. */
  readonly limits?: boolean;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The function in the table and its limits. Swish has slope 1 far out, so its table is a sigmoid. */
const TABLES = {
  sigmoid: { f: sigmoid, below: 0, gated: false },
  tanh: { f: Math.tanh, below: -1, gated: false },
  swish: { f: sigmoid, below: 0, gated: true },
};

/**
 * The attributes of a unary operator that looks sigmoid, tanh or swish (x * sigmoid x) up. With N
 * intervals of h = 16 / N a sigmoid is off by at most h / 8 (nearest) or 0.0962 h^2 / 8 (linear);
 * beyond the range by 3.4e-4, or with `limits` by less.
 *
 * @example
 * const y = builder.unary(x, lookupActivation("swish", { intervals: 64 }));
 *
 * @throws GraphError when `intervals` is not a positive integer, or the range is empty
 */
export function lookupActivation(
  activation: keyof typeof TABLES,
  { intervals = 256, mode = "linear", range = [-8, 8], limits = false }: LookupOptions = {},
): UnaryAttributes {
  const { f, below, gated } = TABLES[activation];
  const [first, last] = range;
  if (!Number.isInteger(intervals) || intervals < 1 || intervals > 2 ** 20 || !(first < last)) {
    throw new GraphError(
      `lookup "${activation}": ${intervals} intervals on ${first}..${last} are not valid, expected ` +
        `1 to 2^20 on a range that is not empty`,
    );
  }
  const step = (last - first) / intervals;
  const table = Array.from({ length: intervals + 1 }, (_, i) => f(first + i * step));
  return { kind: "lookup", table, range, mode, gated, ...(limits && { below, above: 1 }) };
}
