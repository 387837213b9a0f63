/**
 * A depthwise convolution, what is applied to it, and the pointwise convolution that alone reads it, in
 * one dispatch: a depthwise separable convolution, or the second half of an inverted residual.
 */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { macsOf } from "../../graph/statistics.ts";
import {
  depthwisePointwise as kernel,
  depthwisePointwiseShared,
} from "../../shaders/conv/depthwise-pointwise.ts";
import type { DepthwisePointwiseSpec, FusedTile } from "../../shaders/conv/depthwise-pointwise.ts";
import { packBlocks, packDepthwise } from "../../shaders/conv/weights.ts";
import type { DeviceTraits, Kernel } from "../../shaders/kernel.ts";
import { divideUp, quadsOf } from "../../shaders/spec.ts";
import type { Packed } from "../../shaders/spec.ts";
import { asFunctions } from "../elementwise-nodes.ts";
import { bytesOf } from "../lower/computation.ts";
import { constantOf, packBiasOf } from "../lower/convolution.ts";
import { lowerStages, nodeNames } from "../lower/fused.ts";
import type { LoweredStages } from "../lower/fused.ts";
import type { Lowering } from "../lower/lowering.ts";
import { readsOf } from "../lower/step.ts";
import { quadsDims } from "../place.ts";
import type { FusedNode } from "../expression.ts";
import type { Fusion, Group, Match, Uses } from "./fusion.ts";

export type Convolution = Extract<Node, { op: "conv2d" }>;

export interface SeparableMatch extends Match {
  readonly depthwise: Convolution;
  readonly between: readonly FusedNode[];
  readonly pointwise: Convolution;
}

export const depthwisePointwise: Fusion = {
  name: "depthwisePointwise",
  canStore: true,
  match(anchor, uses): SeparableMatch | null {
    if (!isPointwise(anchor)) return null;
    const before = chainBefore(anchor, uses);
    const depthwise = before?.value.producer ?? null;
    if (!before || !isDepthwise(depthwise) || !uses.isPrivate(before.value)) return null;
    const { stages } = before;
    const nodes = [depthwise, ...stages.map(({ node }) => node), anchor];
    const [output] = anchor.outputs;
    const inputs = [depthwise.inputs[0]!];
    return { nodes, inputs, output, depthwise, between: stages, pointwise: anchor };
  },
  lower: lowerSeparable,
};

/** Activations, perhaps spelled out. */
const MOST_BETWEEN = 3;

/** The functions of one value before a convolution, and what they are applied to; null if others read it. */
export function chainBefore(
  { inputs }: Node,
  uses: Uses,
): { readonly value: Value; readonly stages: readonly FusedNode[] } | null {
  const stages: FusedNode[] = [];
  let value = inputs[0]!;
  for (let node = value.producer; isOp(node, "unary"); node = value.producer) {
    if (!uses.isPrivate(value) || stages.length === MOST_BETWEEN) return null;
    stages.unshift(...asFunctions(node).slice(0, 1));
    value = node.inputs[0]!;
  }
  return { value, stages };
}

function isKnown(values: readonly (Value | null)[]): boolean {
  return values.every((value) => !value || value.constant);
}

export function isPointwise(node: Node | null): node is Convolution {
  if (!isOp(node, "conv2d") || !isKnown(node.inputs.slice(1))) return false;
  const { stride, padding, groups } = node.attributes;
  const size = node.inputs[1]!.shape.slice(2);
  return groups === 1 && [...size, ...stride].every((n) => n === 1) && !padding.some(Boolean);
}

export function isDepthwise(node: Node | null): node is Convolution {
  if (!isOp(node, "conv2d") || !isKnown(node.inputs.slice(1))) return false;
  const { groups } = node.attributes;
  const channels = node.inputs[0]!.shape[1];
  return groups > 1 && groups === channels && node.outputs[0].shape[1] === channels;
}

/** Registers of an invocation, in vec4s, for what it accumulates. */
const MOST_QUADS = 8;
/** Invocations of a workgroup with workgroup memory, where the device allows them. */
const MOST_LANES = 256;

/** On a software adapter each invocation has a row of pixels; else a workgroup has all quads of 8. */
export function selectFusedTile(y: readonly number[], device: DeviceTraits): FusedTile {
  const quads = quadsOf(y[1]);
  if (device.software) {
    const passes = divideUp(quads, MOST_QUADS);
    const pixels = y[3] % 7 === 0 ? 7 : 4;
    return { pixels, quads: divideUp(quads, passes), workgroup: 8 };
  }
  const pixels = 8;
  const lanes = Math.min(MOST_LANES, device.maxInvocationsPerWorkgroup) / pixels;
  const perLane = Math.min(4, divideUp(quads, lanes));
  const used = 2 ** Math.ceil(Math.log2(divideUp(quads, perLane)));
  return { pixels, quads: perLane, workgroup: pixels * Math.min(lanes, used) };
}

function lowerSeparable(lowering: Lowering, group: Group): void {
  const match = group.composite!.match as SeparableMatch;
  const { device } = lowering.context;
  emitSeparable(lowering, group, match, {
    kernel: device.software ? kernel : depthwisePointwiseShared,
    more: {},
    stages: {},
    weights: [],
  });
}

/** What another kernel has beside a depthwise and a pointwise convolution. */
export interface SeparableKernel<More> {
  readonly kernel: Kernel<DepthwisePointwiseSpec & More>;
  readonly more: More;
  readonly stages: Readonly<Record<string, LoweredStages>>;
  readonly weights: readonly Packed[];
}

/** Emits the step of a kernel that ends with a depthwise and a pointwise convolution. */
export function emitSeparable<More>(
  lowering: Lowering,
  group: Group,
  { depthwise, pointwise, between, inputs: [input], nodes }: SeparableMatch,
  { kernel: chosen, more, stages, weights }: SeparableKernel<More>,
): void {
  const { core, store, output } = group;
  const x = lowering.read(input);
  const packs = packBoth(lowering, depthwise, pointwise);
  const slots: Record<string, LoweredStages> = {
    ...stages,
    store_between: stagesAt(lowering, between, depthwise.outputs[0].shape),
    store_y: stagesAt(lowering, store, output.shape),
  };
  const place = lowering.newQuads(output);
  const entries = Object.entries(slots);
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel: chosen,
    spec: {
      x: lowering.tensors.read(x),
      y: lowering.tensors.quads(place),
      ...packs,
      kernel: windowOf(depthwise),
      attributes: depthwise.attributes,
      tile: selectFusedTile(output.shape, lowering.context.device),
      ...more,
    },
    stages: Object.fromEntries(entries.map(([slot, { makers }]) => [slot, makers])),
    fused: Object.fromEntries(entries.map(([slot, { names }]) => [slot, names])),
    reads: [...readsOf(input, x), ...entries.flatMap(([, { reads }]) => reads)],
    writes: [{ value: output.name, storage: place.storage, place }],
    weightBytes: bytesOf(...Object.values(packs), ...weights),
    macs: nodes.reduce((sum, node) => sum + macsOf(node), 0),
  });
}

/** The weights of a depthwise and a pointwise convolution that one kernel computes. */
export function packBoth(
  lowering: Lowering,
  depthwise: Convolution,
  pointwise: Convolution,
): Pick<DepthwisePointwiseSpec, "weight" | "bias" | "pointwise" | "pointwiseBias"> {
  const weight = constantOf(depthwise, 1);
  return {
    weight: lowering.pack(weight, "depthwise", () => packDepthwise(weight)),
    bias: packBiasOf(lowering, depthwise, weight.shape[0]),
    pointwise: packBlocksOf(lowering, pointwise),
    pointwiseBias: packBiasOf(lowering, pointwise, constantOf(pointwise, 1).shape[0]),
  };
}

/** [h, w] of the kernel. */
export function windowOf({ inputs }: Convolution): readonly [number, number] {
  const [, , height, width] = inputs[1]!.shape;
  return [height, width];
}

/** The weights of a pointwise convolution. */
export function packBlocksOf(lowering: Lowering, node: Node): Packed {
  const weight = constantOf(node, 1);
  return lowering.pack(weight, "blocks 0", () => packBlocks(weight));
}

/** Functions of a value of a shape, wherever it lies. */
export function stagesAt(
  lowering: Lowering,
  fused: readonly FusedNode[],
  shape: readonly number[],
): LoweredStages {
  return lowerStages(lowering, fused, quadsLike(shape), shape);
}

/** The sizes by which stages find their operands. */
function quadsLike(shape: readonly number[]) {
  const [images, channels, height, width] = quadsDims(shape)!;
  return { offset: 0, imageStride: 0, images, channels, height, width };
}
