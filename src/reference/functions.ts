/** The functions of one value that importers do not fold: of formats, of what is finite, by table. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import { mapElements } from "./operand.ts";
import type { Evaluate } from "./operand.ts";
import { round, unary as evaluateFoldable, unaryFunction } from "./unary.ts";

type Scalar = (x: number) => number;

/** Mantissa bits, and the exponents of the least and the greatest normal number. */
const FORMATS = { float16: [10, -14, 15], bfloat16: [7, -126, 127] } as const;

/** To the nearest number of the format, halves to even, beyond the greatest to infinity. */
export function roundTo(format: keyof typeof FORMATS): Scalar {
  const [mantissa, least, greatest] = FORMATS[format];
  return (x) => {
    if (x === 0 || !Number.isFinite(x)) return x;
    const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), least);
    const step = 2 ** (exponent - mantissa);
    const rounded = round(x / step) * step;
    return Math.abs(rounded) < 2 ** (greatest + 1) ? rounded : rounded * Infinity;
  };
}

function lookup(attributes: Extract<UnaryAttributes, { kind: "lookup" }>): Scalar {
  const { table, range, mode, gated } = attributes;
  const intervals = table.length - 1;
  const { below = table[0], above = table[intervals] } = attributes;
  const entry = (x: number) => {
    const at = ((x - range[0]) * intervals) / (range[1] - range[0]);
    if (at < 0) return below;
    if (at > intervals) return above;
    if (mode === "nearest") return table[Math.floor(at + 0.5)];
    const low = Math.min(Math.floor(at), intervals - 1);
    return table[low] + (at - low) * (table[low + 1] - table[low]);
  };
  return gated ? (x) => x * entry(x) : entry;
}

/** Any function, as of one number. */
export function functionOf(attributes: UnaryAttributes): Scalar {
  const foldable = unaryFunction(attributes);
  if (foldable) return foldable;
  switch (attributes.kind) {
    case "isNan":
      return (x) => Number(Number.isNaN(x));
    case "isInf": {
      const { positive, negative } = attributes;
      return (x) => Number((positive && x === Infinity) || (negative && x === -Infinity));
    }
    case "roundTo":
      return roundTo(attributes.format);
    case "lookup":
      return lookup(attributes);
    default:
      return (x) => x;
  }
}

/** y = f(x), of all functions */
export const unary: Evaluate<"unary"> = (evaluation) => {
  const { attributes, inputs } = evaluation;
  if (unaryFunction(attributes)) return evaluateFoldable(evaluation);
  return [mapElements(inputs[0].data, functionOf(attributes))];
};
