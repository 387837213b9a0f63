/**
 * The table from operators to the functions that lower them. Most networks need no others; those
 * in `more.ts`, with their kernels, are loaded when a graph has them.
 */
import type { OperatorName } from "../../graph/attributes.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { isTwoTaps } from "../../graph/resize-coordinates.ts";
import type { FusionTable } from "../fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import type { SwitchedPass } from "../passes/pass.ts";
import type { Choose } from "./choose.ts";
import type { PreparedStep } from "../prepared-step.ts";
import { convolutionKernel, lowerConv2d, lowerLinear } from "./convolution.ts";
import { lowerElementwise } from "./elementwise.ts";
import { nameOf } from "./lowering.ts";
import type { Context, Lowering } from "./lowering.ts";
import { lowerPool } from "./pooling.ts";
import { lowerReduce, lowerSoftmax } from "./rows.ts";
import { lowerExpand, lowerReshape } from "./reshape.ts";

type Lower = (lowering: Lowering, group: Group, choose?: Choose) => void;

/**
 * A convolution or linear layer whose weights are computed during the run has a kernel of its own,
 * and so have a convolution whose groups are not whole quads, one whose taps are all equal, a
 * resize by lists of taps, and a gather of channels that a pass has made.
 */
type LowerKey =
  | OperatorName
  | "computedConv2d"
  | "groupedConv2d"
  | "pooledConv2d"
  | "filteredResize"
  | "channelGather";

export interface LowerTable extends Readonly<Partial<Record<LowerKey, Lower>>>, FusionTable {
  /** Makes the stages of functions that the core has none for. */
  readonly functions?: Context["functions"];
  /** Texts of the functions of two values that the core does not have. */
  readonly binaryFiles?: Context["binaryFiles"];
  /** Operands that are read elsewhere than at the places of the value. */
  readonly gathers?: Context["gathers"];
  /** Chooses kernels; without it those of `select` are taken. */
  readonly choose?: Choose;
  /** Lets dispatches share shaders. */
  readonly share?: (steps: readonly PreparedStep[]) => readonly PreparedStep[];
  /** Run before the passes that every graph needs. */
  readonly passes?: readonly SwitchedPass[];
  /** Run after them. */
  readonly lastPasses?: readonly SwitchedPass[];
}

export const CORE: LowerTable = {
  conv2d: lowerConv2d,
  linear: lowerLinear,
  maxPool2d: lowerPool,
  globalAveragePool: lowerPool,
  reduce: lowerReduce,
  softmax: lowerSoftmax,
  unary: lowerElementwise,
  binary: lowerElementwise,
  prelu: lowerElementwise,
  cast: lowerElementwise,
  reshape: lowerReshape,
  expand: lowerExpand,
};

/** Which function lowers a node. */
export function lowerKey(node: Node): LowerKey {
  const { op, inputs } = node;
  if (op === "resize" && !isTwoTaps(node.attributes)) return "filteredResize";
  if (op === "gather" && node.attributes.copy) return "channelGather";
  if (op !== "conv2d" && op !== "linear") return op;
  const isKnown = (value: Value | null) => !value || value.constant || value.parameter !== null;
  if (!inputs.slice(1).every(isKnown)) return "computedConv2d";
  if (op === "conv2d" && node.attributes.equalTaps) return "pooledConv2d";
  return op === "conv2d" && convolutionKernel(node) === "grouped" ? "groupedConv2d" : op;
}

/** @throws GraphError when a group's operator cannot run on the GPU. */
export function lowerGroup(lowering: Lowering, group: Group, table: LowerTable): void {
  if (group.composite) return group.composite.fusion.lower(lowering, group);
  const lower = table[lowerKey(group.core)];
  if (!lower) throw new GraphError(`${nameOf(group.core)}: there is no kernel for this operator`);
  lower(lowering, group, table.choose);
}
