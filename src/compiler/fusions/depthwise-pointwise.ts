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
import type { FusedTile } from "../../shaders/conv/depthwise-pointwise.ts";
import { packBlocks, packDepthwise } from "../../shaders/conv/weights.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { divideUp, quadsOf } from "../../shaders/spec.ts";
import { asFunctions } from "../elementwise-nodes.ts";
import { bytesOf } from "../lower/computation.ts";
import { constantOf, packBiasOf } from "../lower/convolution.ts";
import { lowerStages, nodeNames } from "../lower/fused.ts";
import type { Lowering } from "../lower/lowering.ts";
import { quadsDims } from "../place.ts";
import type { FusedNode } from "../expression.ts";
import type { Fusion, Group, Match } from "./fusion.ts";

type Convolution = Extract<Node, { op: "conv2d" }>;

interface SeparableMatch extends Match {
  readonly depthwise: Convolution;
  readonly between: readonly FusedNode[];
  readonly pointwise: Convolution;
}

export const depthwisePointwise: Fusion = {
  name: "depthwisePointwise",
  canStore: true,
  match(anchor, uses): SeparableMatch | null {
    if (!isPointwise(anchor)) return null;
    const between: FusedNode[] = [];
    let value = anchor.inputs[0]!;
    for (let node = value.producer; isOp(node, "unary"); node = value.producer) {
      if (!uses.isPrivate(value)) return null;
      between.unshift(...asFunctions(node).slice(0, 1));
      value = node.inputs[0]!;
    }
    const depthwise = value.producer;
    if (!isDepthwise(depthwise) || !uses.isPrivate(value) || between.length > MOST_BETWEEN)
      return null;
    const nodes = [depthwise, ...between.map(({ node }) => node), anchor];
    const [output] = anchor.outputs;
    return { nodes, inputs: [depthwise.inputs[0]!], output, depthwise, between, pointwise: anchor };
  },
  lower: lowerSeparable,
};

/** Activations, perhaps spelled out. */
const MOST_BETWEEN = 3;

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
  const { core, store, output } = group;
  const match = group.composite!.match as SeparableMatch;
  const { depthwise, pointwise } = match;
  const { device } = lowering.context;
  const [input] = match.inputs;
  const x = lowering.quads(input);
  const first = constantOf(depthwise, 1);
  const second = constantOf(pointwise, 1);
  const weight = lowering.pack(first.source, "depthwise", () =>
    packDepthwise(first.data, first.shape),
  );
  const blocks = lowering.pack(second.source, "blocks 0", () =>
    packBlocks(second.data, second.shape),
  );
  const bias = packBiasOf(lowering, depthwise, first.shape[0]);
  const pointwiseBias = packBiasOf(lowering, pointwise, second.shape[0]);
  const middle = depthwise.outputs[0].shape;
  const onBetween = lowerStages(lowering, match.between, quadsLike(middle), middle);
  const onStore = lowerStages(lowering, store, quadsLike(output.shape), output.shape);
  const place = lowering.newQuads(output);
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel: device.software ? kernel : depthwisePointwiseShared,
    spec: {
      x: lowering.tensors.quads(x),
      y: lowering.tensors.quads(place),
      weight,
      bias,
      kernel: [first.shape[2], first.shape[3]] as const,
      attributes: depthwise.attributes,
      pointwise: blocks,
      pointwiseBias,
      tile: selectFusedTile(output.shape, device),
    },
    stages: { store_between: onBetween.makers, store_y: onStore.makers },
    fused: { store_between: onBetween.names, store_y: onStore.names },
    reads: [{ value: input.name, storage: x.storage }, ...onBetween.reads, ...onStore.reads],
    writes: [{ value: output.name, storage: place.storage, place }],
    weightBytes: bytesOf(weight, bias, blocks, pointwiseBias),
    macs: match.nodes.reduce((sum, node) => sum + macsOf(node), 0),
  });
}

/** The sizes by which stages find their operands. */
function quadsLike(shape: readonly number[]) {
  const [images, channels, height, width] = quadsDims(shape)!;
  return { offset: 0, imageStride: 0, images, channels, height, width };
}
