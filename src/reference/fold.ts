/** Evaluates operators on constants: importers compute shapes with it, the compiler folds weights. */
import type { OperatorName, UnaryAttributes } from "../graph/attributes.ts";
import { OPERATORS } from "../graph/operators.ts";
import type { Operator } from "../graph/operators/operator.ts";
import { sizeOf } from "../graph/tensor.ts";
import type { Tensor } from "../graph/tensor.ts";
import { binary, where } from "./binary.ts";
import { cast } from "./cast.ts";
import { toTensor } from "./operand.ts";
import type { Evaluate } from "./operand.ts";
import { reduce } from "./reduce.ts";
import { concat, expand, gather, pad, reshape, slice, transpose } from "./structure.ts";
import { unary, unaryFunction } from "./unary.ts";

/** The operators that fold. */
export const FOLDABLE = {
  unary,
  binary,
  cast,
  where,
  concat,
  slice,
  pad,
  reshape,
  transpose,
  expand,
  gather,
  reduce,
};

/**
 * Elements that a fold may make out of less: a file of a few bytes must not expand a scalar into
 * gigabytes. Larger results are left to the run.
 */
const MOST_GROWN = 2 ** 22;

export interface FoldableNode {
  /** For errors. */
  readonly name?: string;
  readonly op: OperatorName;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
}

/**
 * The outputs of a node whose inputs are all known, or null when its operator does not fold or the
 * result is much larger than the inputs. Computes in float64 and rounds once; int32 is exact, modulo
 * 2^32. "div" of int32 rounds toward zero, "floorDivide" down.
 * @throws ShapeError when inputs and attributes do not fit the operator, or an index its axis
 */
export function foldNode(node: FoldableNode): Tensor[] | null {
  const { name, op, inputs } = node;
  const evaluate = (FOLDABLE as Partial<Record<OperatorName, unknown>>)[op];
  if (!evaluate || (op === "unary" && !unaryFunction(node.attributes as UnaryAttributes))) {
    return null;
  }
  const at = name === undefined ? op : `${op} "${name}"`;
  const attributes = node.attributes as never;
  const outputs = (OPERATORS[op] as Operator<never>).infer({ where: at, inputs, attributes });
  const most = inputs.reduce((sum, { shape }) => sum + sizeOf(shape), MOST_GROWN);
  if (outputs.some(({ shape }) => sizeOf(shape) > most)) return null;
  const data = (evaluate as Evaluate<never>)({ where: at, inputs, attributes, outputs });
  return outputs.map((type, i) => toTensor({ ...type, data: data[i] }));
}
