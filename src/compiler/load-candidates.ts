/** What a node computes with all that rides on it, as an expression that others could compute too. */
import type { Node, Value } from "../graph/graph.ts";
import { isOp } from "../graph/rewrite.ts";
import { sameShape } from "../graph/tensor.ts";
import { UNSAFE_IN_UNUSED_LANES } from "../shaders/stage/stages.ts";
import { operationsOf } from "./cost.ts";
import { asFunctions, fitsOneKernel, isElementwise } from "./elementwise-nodes.ts";
import { expressionNodes, stageNodes } from "./expression.ts";
import type { Expression, FusedNode, GatherNode } from "./expression.ts";
import { quadsDims, walksInQuads } from "./place.ts";
import { isFree } from "./settled.ts";
import type { Settled } from "./settled.ts";
import { bilinearAxes, upsampleFactor } from "./upsampling.ts";

/** A node with all that rides on it, as an expression, and the nodes that this takes. */
export interface Candidate {
  readonly y: Value;
  readonly expression: Expression;
  /** Of the core, where it is element-wise. */
  readonly first: FusedNode | null;
}

export class Candidates {
  constructor(private readonly settled: Settled) {}

  /** What a free node computes with all that rides on it, where its readers could. */
  of(core: Node): Candidate | null {
    const rest = this.settled.store.get(core) ?? [];
    const y = (rest.at(-1)?.node ?? core).outputs[0];
    if (y.dtype !== "float32" || !quadsDims(y.shape)) return null;
    if (isElementwise(core)) {
      const [way] = asFunctions(core).filter(isSafe);
      if (!way || !rest.every(isSafe)) return null;
      const [first, ...others] = this.inlineOperands([way, ...rest]);
      return {
        y,
        first,
        expression: { source: way.main, gather: null, stages: [first, ...others] },
      };
    }
    if (!this.isGather(core) || !rest.every(isSafe)) return null;
    const source = core.inputs[0]!;
    const stages = this.inlineOperands(rest);
    return { y, first: null, expression: { source, gather: core, stages } };
  }

  /** A free node that reads whole pixels elsewhere, and whose switch is on. */
  private isGather(node: Node): node is GatherNode {
    const { shiftOnLoad, upsampleOnLoad, bilinearOnLoad } = this.settled.switches;
    return (
      (isOp(node, "shift") && shiftOnLoad) ||
      (upsampleFactor(node) !== null && upsampleOnLoad) ||
      (bilinearAxes(node) !== null && bilinearOnLoad)
    );
  }

  /** Stages whose operands are computed where they are read, as far as there is room. */
  inlineOperands(stages: readonly FusedNode[]): FusedNode[] {
    const result = [...stages];
    if (!this.settled.switches.operand) return result;
    result.forEach((stage, i) => {
      const inlined = this.inlinedOperand(stage);
      if (!inlined) return;
      const nodes = [...expressionNodes(inlined), ...stageNodes(result)];
      if (fitsOneKernel(nodes)) result[i] = { ...stage, inlined };
    });
    return result;
  }

  private inlinedOperand({ node, main, operand }: FusedNode): Expression | null {
    // Of x + x the first has to lie in memory.
    const producer = operand && operand !== main ? this.freeProducer(operand) : null;
    if (!operand || !producer || !sameShape(operand.shape, node.outputs[0].shape)) return null;
    if (!this.settled.uses.isPrivate(operand)) return null;
    const candidate = this.of(producer);
    return candidate?.y === operand ? candidate.expression : null;
  }

  /** The free core that computes a value, directly or with what rides on it. */
  private freeProducer({ producer }: Value): Node | null {
    if (!producer) return null;
    const core = this.settled.coreOf.get(producer) ?? producer;
    return isFree(this.settled, core) ? core : null;
  }
}

/** A function that may be computed where it is read: cheap, and finite in unused lanes. */
function isSafe(way: FusedNode): boolean {
  const { node, operand } = way;
  if (operationsOf(way) === null || node.outputs[0].dtype !== "float32") return false;
  if (node.op === "unary" && UNSAFE_IN_UNUSED_LANES.has(node.attributes.kind)) return false;
  return !operand || walksInQuads(operand.shape, node.outputs[0].shape);
}
