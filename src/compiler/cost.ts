/**
 * What it costs to compute an expression where it is read, again for each read, against storing it
 * once: nanoseconds of a whole dispatch, from the measurements in docs/performance.md. The machine is
 * coarse on purpose: it has to tell 2x from 1x, not to predict a time.
 */
import type { Conv2dAttributes } from "../graph/attributes.ts";
import type { Node, Value } from "../graph/graph.ts";
import { isTwoTaps } from "../graph/resize-coordinates.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import { divideUp, quadsOf } from "../shaders/spec.ts";
import type { Expression, FusedNode } from "./expression.ts";
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
  /** One for all pixels of a quad. */
  readonly held: number;
  /** One that was read before: from a cache, where there is one. */
  readonly reload: number;
  /** One addition of four lanes. */
  readonly operation: number;
  /** Four products and their sums, as convolutions do them. */
  readonly product: number;
  /** What resize/resize takes for a quad beside its loads: places, tables, branches. */
  readonly resize: number;
  readonly dispatch: number;
}

/**
 * SwiftShader on two cores: 12 ns a load in each, more for an operand, whether it was loaded before
 * or not, and 25 us a dispatch.
 */
export const SOFTWARE: Machine = {
  load: 6,
  store: 6,
  operand: 8,
  held: 5,
  reload: 8,
  operation: 0.3,
  product: 0.4,
  resize: 60,
  dispatch: 25_000,
};

/** 200 GB/s, a cache 16 times as fast, 4 TFLOP/s, 5 us from one dependent dispatch to the next. */
export const GPU: Machine = {
  load: 0.08,
  store: 0.08,
  operand: 0.08,
  held: 0.005,
  reload: 0.005,
  operation: 0.001,
  product: 0.002,
  resize: 0.1,
  dispatch: 5_000,
};

/** Where only the number of dispatches counts. */
export const DISPATCHES: Machine = {
  load: 0,
  store: 0,
  operand: 0,
  held: 0,
  reload: 0,
  operation: 0,
  product: 0,
  resize: 0,
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

/** Of bilinear up-samplings: divisions of both axes, and three means. */
const BILINEAR_OPERATIONS = 30;

/** What a gather takes beside the load of its source: between four pixels lie three loads more. */
function workOfGather(gather: Expression["gather"]): Work {
  if (gather?.op === "resize" && gather.attributes.mode !== "nearest") {
    return { operands: 3, held: 0, operations: BILINEAR_OPERATIONS };
  }
  return { operands: 0, held: 0, operations: gather ? GATHER_OPERATIONS[gather.op] : 0 };
}

/** Additions of a function of one quad; null where it must not be computed where it is read. */
export function operationsOf({ node }: FusedNode): number | null {
  if (node.op === "cast") return null;
  return OPERATIONS[node.op === "prelu" ? node.op : node.attributes.kind] ?? null;
}

/** What one evaluation of an expression takes, beside the load of its source. */
export interface Work {
  /** Quads that it reads for each pixel. */
  readonly operands: number;
  /** Quads that all pixels share. */
  readonly held: number;
  readonly operations: number;
}

export function workOf({ gather, stages }: Expression): Work {
  return stages.reduce<Work>((sum, stage) => {
    const inner = stage.inlined && workOf(stage.inlined);
    const isHeld = stage.operand !== null && !isMap(stage.operand);
    return {
      operands: sum.operands + (isMap(stage.operand) ? 1 : 0) + (inner?.operands ?? 0),
      held: sum.held + (isHeld ? 1 : 0) + (inner?.held ?? 0),
      operations: sum.operations + (operationsOf(stage) ?? 0) + (inner?.operations ?? 0),
    };
  }, workOfGather(gather));
}

/** A value of several pixels. */
export function isMap(value: Value | null): boolean {
  const dims = value && quadsDims(value.shape);
  return dims !== null && dims[2] * dims[3] > 1;
}

export function quadCount({ shape }: Value): number {
  const [images, channels, height, width] = quadsDims(shape) ?? [0, 0, 0, 0];
  return images * quadsOf(channels) * height * width;
}

/** Nanoseconds that readers take more when they compute a value of `quads` themselves. */
export function rideCost(
  machine: Machine,
  { operands, held, operations }: Work,
  quads: number,
  { evaluations, holds }: Reads,
): number {
  const first = Math.min(evaluations, quads);
  const again = evaluations - first;
  const loads = operands * (first * machine.operand + again * machine.reload);
  return loads + held * holds * machine.held + evaluations * operations * machine.operation;
}

/** Nanoseconds of a dispatch of its own. */
export function dispatchCost(
  machine: Machine,
  work: Work,
  quads: number,
  gather: Expression["gather"],
): number {
  const load = machine.load + (gather?.op === "resize" ? machine.resize : 0);
  return machine.dispatch + quads * load + forkCost(machine, work, quads);
}

/** Nanoseconds of computing and storing it with the kernel that has its source at hand. */
export function forkCost(machine: Machine, work: Work, quads: number): number {
  const loads = work.operands * machine.operand + work.held * machine.reload;
  return quads * (loads + work.operations * machine.operation + machine.store);
}

/** Nanoseconds of a dispatch that puts channels into other lanes: four loads a quad, of which three hit caches. */
export function gatherCost(machine: Machine, quads: number): number {
  return machine.dispatch + quads * (machine.load + 3 * machine.reload + machine.store);
}

/** How often a kernel evaluates its load, and how often it reads what pixels share. */
export interface Reads {
  readonly evaluations: number;
  readonly holds: number;
}

/** Null where the kernel of a node has no slot on its load. */
export function readsOf(reader: Node, device: DeviceTraits): Reads | null {
  const [x] = reader.inputs;
  const [y] = reader.outputs;
  if (!x || x.shape.length > 4) return null;
  switch (reader.op) {
    case "conv2d":
      return isKnown(reader) ? readsOfConvolution(reader, device) : null;
    case "linear":
      return isKnown(reader) ? unheld(quadCount(x) * quadsOf(y.shape[1])) : null;
    case "maxPool2d":
    case "averagePool2d": {
      const { kernel } = reader.attributes;
      return { evaluations: quadCount(y) * kernel[0] * kernel[1], holds: quadCount(y) };
    }
    case "adaptivePool2d":
      return { evaluations: quadCount(x), holds: quadCount(y) };
    case "globalAveragePool": {
      // 64 lanes share a plane.
      const evaluations = quadCount(x);
      return { evaluations, holds: Math.min(evaluations, quadCount(y) * 64) };
    }
    case "channelMaxPool":
      return unheld(quadCount(x) * 2);
    case "resize": {
      const { mode } = reader.attributes;
      if (!isTwoTaps(reader.attributes)) return null;
      return unheld(quadCount(y) * (mode === "nearest" ? 1 : 4));
    }
    default:
      return null;
  }
}

const unheld = (evaluations: number): Reads => ({ evaluations, holds: evaluations });

/** The kernels for weights that are computed have no slot on their load. */
function isKnown({ inputs }: Node): boolean {
  return inputs.slice(1).every((value) => !value || value.constant !== null);
}

function readsOfConvolution(node: Extract<Node, { op: "conv2d" }>, device: DeviceTraits): Reads {
  const { attributes } = node;
  const [x, weight] = node.inputs.map((value) => value?.shape ?? []);
  const y = node.outputs[0].shape;
  const [outs, ins, height, width] = weight;
  const [images, , yHeight, yWidth] = y;
  const pixels = images * yHeight * yWidth;
  switch (selectConvolution({ x, y, weight, attributes })) {
    case "linear":
      return unheld(images * quadsOf(x[1]) * height * width * quadsOf(outs));
    case "pointwise":
    case "direct": {
      const quads = groupQuadsOf(outs, attributes.groups);
      const tile = selectTile(yHeight * yWidth, quads, device, attributes.groups);
      const passes = divideUp(quads, tile.quads) * attributes.groups;
      const evaluations = pixels * height * width * quadsOf(ins) * passes;
      return { evaluations, holds: evaluations / tile.pixels };
    }
    case "grouped":
      return unheld(pixels * height * width * ins * outs);
    case "depthwise":
      return readsOfDepthwise(y, [height, width], attributes, device);
  }
}

function readsOfDepthwise(
  y: readonly number[],
  kernel: readonly [number, number],
  attributes: Conv2dAttributes,
  device: DeviceTraits,
): Reads {
  const strip = selectStrip(y, device, attributes.stride[1]);
  const walks = walksRows(kernel, attributes, strip);
  const tile = walks ? strip : selectDepthwiseTile(y, kernel, device);
  const { stride, dilation } = attributes;
  const span = (tile.width - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1;
  const rows = walks ? (tile.height - 1) * stride[0] + kernel[0] : tile.height * kernel[0];
  const tiles = divideUp(y[2], tile.height) * divideUp(y[3], tile.width);
  const holds = y[0] * quadsOf(y[1]) * tiles;
  return { evaluations: holds * rows * span, holds };
}
