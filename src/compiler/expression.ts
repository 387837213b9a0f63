/** What rides on a kernel: functions of a value, and what a kernel computes where it reads or writes. */
import type { Node, Value } from "../graph/graph.ts";

export type ElementwiseNode = Extract<Node, { op: "unary" | "binary" | "prelu" | "cast" }>;

/** An element-wise node as a function of one value, `main`, and perhaps an operand. */
export interface FusedNode {
  readonly node: ElementwiseNode;
  readonly main: Value;
  readonly operand: Value | null;
  /** The operand comes first: operand - main. */
  readonly reversed: boolean;
  /** How the operand is computed where it is read; absent where it lies in memory. */
  readonly inlined?: Expression;
}

/** A node that only says where its input is read: a kernel that reads its output can do so itself. */
export type GatherNode = Extract<Node, { op: "resize" | "shift" }>;

/** A value as a function of what lies in memory, so that its reader may compute it. */
export interface Expression {
  /** Lies in memory. */
  readonly source: Value;
  /** What reads the source elsewhere. */
  readonly gather: GatherNode | null;
  readonly stages: readonly FusedNode[];
}

/** A function of the output of a group that its kernel stores too. */
export interface Fork {
  readonly stages: readonly FusedNode[];
  readonly output: Value;
}

/** The nodes of an expression, what is computed first before the others. */
export function expressionNodes({ gather, stages }: Expression): Node[] {
  return [...(gather ? [gather] : []), ...stageNodes(stages)];
}

/** The nodes of stages and of what they compute of their operands. */
export function stageNodes(stages: readonly FusedNode[]): Node[] {
  return stages.flatMap(({ node, inlined }) => [
    ...(inlined ? expressionNodes(inlined) : []),
    node,
  ]);
}
