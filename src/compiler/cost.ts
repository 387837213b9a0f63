/**
 * What it costs to compute an expression where it is read, again for each read, against storing it
 * once: nanoseconds of a whole dispatch, from the measurements in docs/performance.md. The machine is
 * coarse on purpose: it has to tell 2x from 1x, not to predict a time.
 */
import type { Node, Value } from "../graph/graph.ts";
import { isTwoTaps } from "../graph/resize-coordinates.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import { divideUp, quadsOf } from "../shaders/spec.ts";
import type { Expression, FusedNode } from "./fusions/fusion.ts";
import { quadsDims } from "./place.ts";
import {
  groupQuadsOf,
  selectConvolution,
  selectDepthwiseTile,
  selectStrip,
  selectTile,
  walksRows,
} from "./select.ts";

/** Nanoseconds of one quad in all of a machine's lanes together. */
export interface Machine {
  /** A quad from memory, and to it. */
  readonly load: number;
  readonly store: number;
  /** A quad of an operand, whose index is computed from the place. */
  readonly operand: number;
  /** One that was read before: from a cache, where there is one. */
  readonly reload: number;
  /** One addition of four lanes. */
  readonly operation: number;
  readonly dispatch: number;
}

/**
 * SwiftShader on two cores: 12 ns a load in each, twice that of an operand, whether it was loaded
 * before or not, and 25 us a dispatch.
 */
export const SOFTWARE: Machine = {
  load: 6,
  store: 6,
  operand: 12,
  reload: 12,
  operation: 0.3,
  dispatch: 25_000,
};

/** 100 GB/s, a cache ten times as fast, 1 TFLOP/s, 5 us from one dependent dispatch to the next. */
export const GPU: Machine = {
  load: 0.16,
  store: 0.16,
  operand: 0.16,
  reload: 0.016,
  operation: 0.008,
  dispatch: 5_000,
};

/** Where only the number of dispatches counts. */
export const DISPATCHES: Machine = {
  load: 0,
  store: 0,
  operand: 0,
  reload: 0,
  operation: 0,
  dispatch: 1,
};

export function machineOf({ software }: DeviceTraits): Machine {
  return software ? SOFTWARE : GPU;
}

/** Additions that a function takes; those that are not here are never computed twice. */
const OPERATIONS: Readonly<Record<string, number>> = {
  mul: 1,
  add: 1,
  sub: 1,
  maximum: 1,
  minimum: 1,
  relu: 1,
  relu6: 2,
  clamp: 2,
  leakyRelu: 2,
  prelu: 3,
  hardSigmoid: 3,
  hardSwish: 4,
  neg: 1,
  abs: 1,
  square: 1,
  sigmoid: 20,
  silu: 20,
  tanh: 20,
};

/** Divisions, and for a shift a load and a place for each lane. */
const GATHER_OPERATIONS = { resize: 12, shift: 80 };

/** Additions of a function of one quad; null where it must not be computed where it is read. */
export function operationsOf({ node }: FusedNode): number | null {
  if (node.op === "cast") return null;
  return OPERATIONS[node.op === "prelu" ? node.op : node.attributes.kind] ?? null;
}

/** What one evaluation of an expression takes, beside the load of its source. */
export interface Work {
  /** Quads that it reads. */
  readonly operands: number;
  readonly operations: number;
}

export function workOf({ gather, stages }: Expression): Work {
  const parts = stages.map((stage): Work => {
    const inner = stage.inlined && workOf(stage.inlined);
    const operands = stage.operand ? 1 + (inner?.operands ?? 0) : 0;
    return { operands, operations: (operationsOf(stage) ?? 0) + (inner?.operations ?? 0) };
  });
  const first = { operands: 0, operations: gather ? GATHER_OPERATIONS[gather.op] : 0 };
  return [first, ...parts].reduce((sum, { operands, operations }) => ({
    operands: sum.operands + operands,
    operations: sum.operations + operations,
  }));
}

export function quadCount({ shape }: Value): number {
  const [images, channels, height, width] = quadsDims(shape) ?? [0, 0, 0, 0];
  return images * quadsOf(channels) * height * width;
}

/** Nanoseconds that readers take more when they compute a value of `quads`, `evaluations` times. */
export function rideCost(
  machine: Machine,
  { operands, operations }: Work,
  quads: number,
  evaluations: number,
): number {
  const first = Math.min(evaluations, quads);
  const again = evaluations - first;
  const loads = operands * (first * machine.operand + again * machine.reload);
  return loads + evaluations * operations * machine.operation;
}

/** Nanoseconds of a dispatch of its own. */
export function dispatchCost(machine: Machine, work: Work, quads: number): number {
  return machine.dispatch + quads * machine.load + forkCost(machine, work, quads);
}

/** Nanoseconds of computing and storing it with the kernel that has its source at hand. */
export function forkCost(machine: Machine, { operands, operations }: Work, quads: number): number {
  return quads * (operands * machine.operand + operations * machine.operation + machine.store);
}

/** How often a kernel evaluates its load; null where it has no slot for that. */
export function evaluationsOf(reader: Node, device: DeviceTraits): number | null {
  const [x] = reader.inputs;
  const [y] = reader.outputs;
  if (!x || x.shape.length > 4) return null;
  switch (reader.op) {
    case "conv2d":
      return convolutionEvaluations(reader, device);
    case "linear":
      return isKnown(reader) ? quadCount(x) * quadsOf(y.shape[1]) : null;
    case "maxPool2d":
    case "averagePool2d": {
      const { kernel } = reader.attributes;
      return quadCount(y) * kernel[0] * kernel[1];
    }
    case "adaptivePool2d":
      return quadCount(x);
    case "globalAveragePool":
      return quadCount(x);
    case "channelMaxPool":
      return quadCount(x) * 2;
    case "resize":
      return isTwoTaps(reader.attributes)
        ? quadCount(y) * (reader.attributes.mode === "nearest" ? 1 : 4)
        : null;
    default:
      return null;
  }
}

/** The kernels for weights that are computed have no slot on their load. */
function isKnown({ inputs }: Node): boolean {
  return inputs.slice(1).every((value) => !value || value.constant !== null);
}

function convolutionEvaluations(
  node: Extract<Node, { op: "conv2d" }>,
  device: DeviceTraits,
): number | null {
  if (!isKnown(node)) return null;
  const { attributes } = node;
  const [x, weight] = node.inputs.map((value) => value?.shape ?? []);
  const y = node.outputs[0].shape;
  const [outs, ins, height, width] = weight;
  const [, , yHeight, yWidth] = y;
  const pixels = y[0] * yHeight * yWidth;
  const choice = selectConvolution({ x, y, weight, attributes });
  switch (choice) {
    case "linear":
      return y[0] * quadsOf(x[1]) * quadsOf(outs);
    case "pointwise":
    case "direct": {
      const quads = groupQuadsOf(outs, attributes.groups);
      const tile = selectTile(yHeight * yWidth, quads, device, attributes.groups);
      const passes = divideUp(quads, tile.quads) * attributes.groups;
      return pixels * height * width * quadsOf(ins) * passes;
    }
    case "grouped":
      return pixels * height * width * ins * outs;
    case "depthwise": {
      const strip = selectStrip(y, device);
      const walks = walksRows([height, width], attributes, strip);
      const tile = walks ? strip : selectDepthwiseTile(y, [height, width], device);
      const { stride, dilation } = attributes;
      const span = (tile.width - 1) * stride[1] + (width - 1) * dilation[1] + 1;
      const rows = walks ? (tile.height - 1) * stride[0] + height : tile.height * height;
      const tiles = divideUp(yHeight, tile.height) * divideUp(yWidth, tile.width);
      return y[0] * quadsOf(outs) * tiles * rows * span;
    }
  }
}
