/**
 * What a solution costs, in nanoseconds by the prices of `cost.ts`: what every node loads, multiplies
 * and stores of the lanes that it reads and writes, those without a channel too.
 */
import type { Node, Value } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { divideUp, quadsOf } from "../../shaders/spec.ts";
import { gatherCost, isMap } from "../cost.ts";
import type { Machine } from "../cost.ts";
import { groupQuadsOf, selectTile } from "../select.ts";
import type { Solution } from "./attempt.ts";

/** How many lanes a node reads of its first input, and writes. */
interface LaneCounts {
  readonly ins: number;
  readonly outs: number;
}

export class LaneCosts {
  constructor(
    readonly machine: Machine,
    private readonly device: DeviceTraits,
  ) {}

  /** Of all nodes that read or write in lanes, and of what is put together. */
  ofSolution(solution: Solution): number {
    let sum = 0;
    for (const node of solution.roles.keys()) sum += this.ofNode(node, countsOf(node, solution));
    for (const [value] of solution.gathers) sum += this.ofGather(value, solution);
    return sum;
  }

  ofGather(value: Value, { lanes }: Solution): number {
    return gatherCost(this.machine, quadsIn(value, lanes.get(value)!.length));
  }

  /** What a node costs more than if all its lanes had channels, as far as its groups allow. */
  excess(node: Node, solution: Solution): number {
    const counts = countsOf(node, solution);
    if (!counts) return 0;
    const role = solution.roles.get(node)!;
    const groups = role.kind === "dense" ? role.groups : 1;
    const least = (value: Value) => 4 * groups * quadsOf(value.shape[1] / groups);
    const ideal = { ins: least(node.inputs[0]!), outs: least(node.outputs[0]) };
    return Math.max(0, this.ofNode(node, counts) - this.ofNode(node, ideal));
  }

  private ofNode(node: Node, counts: LaneCounts | null): number {
    if (!counts) return 0;
    const { load, reload, operand, operation, store } = this.machine;
    const [x] = node.inputs;
    const [y] = node.outputs;
    const [read, written] = [quadsIn(x!, counts.ins), quadsIn(y, counts.outs)];
    switch (node.op) {
      case "conv2d":
      case "linear":
        return this.ofConvolution(node, counts);
      case "unary":
      case "cast":
        return written * operation;
      case "binary":
      case "prelu":
        return written * (operation + (isMap(node.inputs[1]) ? operand : 0));
      case "maxPool2d":
      case "averagePool2d": {
        const { kernel } = node.attributes;
        return written * (load + (kernel[0] * kernel[1] - 1) * reload + store);
      }
      default:
        return read * load + written * store;
    }
  }

  private ofConvolution(
    node: Extract<Node, { op: "conv2d" | "linear" }>,
    { ins, outs }: LaneCounts,
  ): number {
    const { load, reload, product, store } = this.machine;
    const [x, weight] = node.inputs;
    const [y] = node.outputs;
    const taps = sizeOf(weight!.shape.slice(2));
    const groups = node.op === "conv2d" ? node.attributes.groups : 1;
    const pixels = sizeOf(y.shape) / y.shape[1];
    const written = pixels * quadsOf(outs);
    if (groups === x!.shape[1] && groups > 1) {
      return written * (load + (taps - 1) * reload + taps * product + store);
    }
    const { quads } = selectTile(
      pixels / y.shape[0],
      groupQuadsOf(outs, groups),
      this.device,
      groups,
    );
    const passes = divideUp(groupQuadsOf(outs, groups), quads);
    const loads = pixels * taps * quadsOf(ins) * passes;
    const first = Math.min(loads, quadsIn(x!, ins));
    const products = written * taps * (ins / groups);
    const weights = (outs * ins * taps) / groups / 4;
    return (
      (first + weights) * load + (loads - first) * reload + products * product + written * store
    );
  }
}

/** Quads of a value that has this many lanes. */
function quadsIn({ shape }: Value, lanes: number): number {
  return (sizeOf(shape) / shape[1]) * quadsOf(lanes);
}

function countsOf(node: Node, { roles, reads, lanes }: Solution): LaneCounts | null {
  if (roles.get(node)!.kind === "opaque") return null;
  const [x] = node.inputs;
  const outs = lanes.get(node.outputs[0])!.length;
  // Without a read it has the lanes of its input, or those that the graph gives.
  const ins = reads.get(node)?.get(0)?.lanes ?? lanes.get(x!);
  return { ins: ins?.length ?? x!.shape[1], outs };
}
