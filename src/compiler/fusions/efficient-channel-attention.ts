/**
 * Efficient channel attention: the mean of a map and a convolution of the means across channels, in
 * one dispatch; the gate's function rides on its store, and its product with the map on the load of
 * whoever reads that (Wang et al., arXiv 1910.03151, section 3.2).
 */
import type { Node } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { macsOf } from "../../graph/statistics.ts";
import {
  channelConv,
  channelConvBetween,
  packChannelTaps,
} from "../../shaders/gate/channel-conv.ts";
import type { ChannelTaps } from "../../shaders/gate/channel-conv.ts";
import { constantOf } from "../lower/convolution.ts";
import { bytesOf } from "../lower/computation.ts";
import { lowerStages, nodeNames } from "../lower/fused.ts";
import type { Lowering } from "../lower/lowering.ts";
import { quadsAxes, quadsDims } from "../place.ts";
import type { FusedNode } from "../expression.ts";
import { activationsBefore } from "./excitation.ts";
import type { Fusion, Group, Match } from "./fusion.ts";
import { placesOf } from "./lower-gate.ts";
import { isGate } from "./squeeze-excite.ts";
import { squeezeOf } from "./squeeze.ts";
import type { Branch } from "./squeeze.ts";
import { isRelabelling, vectorSize } from "./vectors.ts";

type Convolution = Extract<Node, { op: "conv2d" }>;

interface ChannelMatch extends Match {
  readonly convolution: Convolution;
  readonly taps: ChannelTaps;
  readonly branches: readonly Branch[];
  /** What is applied to the output of the convolution. */
  readonly activations: readonly FusedNode[];
}

export const efficientChannelAttention: Fusion = {
  name: "efficientChannelAttention",
  canStore: true,
  match(anchor, uses): ChannelMatch | null {
    const [output] = anchor.outputs;
    const isVector = output.shape.length === 4 && output.shape[1] === vectorSize(output.shape);
    if (!isRelabelling(anchor) || !isVector || !isGate(output, uses)) return null;
    const { producer, nodes, activations } = activationsBefore(output);
    const taps = producer && tapsOf(producer);
    if (!taps || !isOp(producer, "conv2d")) return null;
    const squeeze = squeezeOf(producer.inputs[0]!, uses);
    if (squeeze?.branches.length !== 1) return null;
    const { branches } = squeeze;
    return {
      nodes: [...squeeze.nodes, producer, ...nodes],
      inputs: [branches[0].map],
      output,
      convolution: producer,
      taps,
      branches,
      activations,
    };
  },
  lower: lowerChannelConv,
};

/** The taps of a convolution over the channels of vectors [N, 1, 1, C]; null for other nodes. */
function tapsOf(node: Node): ChannelTaps | null {
  if (!isOp(node, "conv2d")) return null;
  const [x, weight, bias] = node.inputs;
  if (!weight?.constant || (bias && !bias.constant)) return null;
  const { shape } = x!;
  const size = vectorSize(shape);
  const axis = shape[3] === size ? 1 : 0;
  const isRow = size !== null && shape[2 + axis] === size && weight.shape[3 - axis] === 1;
  const { stride, padding, dilation } = node.attributes;
  const isSame = vectorSize(node.outputs[0].shape) === size && stride[axis] === 1;
  const isUnpadded = padding[1 - axis] === 0 && padding[3 - axis] === 0;
  if (!isRow || !isSame || !isUnpadded || weight.shape[0] * weight.shape[1] !== 1) return null;
  return { taps: weight.shape[2 + axis], dilation: dilation[axis], padding: padding[axis] };
}

function lowerChannelConv(lowering: Lowering, group: Group): void {
  const { core, store, output } = group;
  // What comes here was matched by this fusion.
  const match = group.composite!.match as ChannelMatch;
  const { convolution, taps, activations } = match;
  const { device } = lowering.context;
  const [x] = placesOf(lowering, match);
  const [images, channels] = quadsDims(output.shape)!;
  const size = 4 * channelConvBetween(channels, device);
  const name = `${core.name}.between`;
  const between = lowering.allocateQuads(name, [images, size, 1, 1], quadsAxes(4));
  const y = { offset: 0, imageStride: 0, images, channels, height: 1, width: 1 };
  const onStore = lowerStages(lowering, [...activations, ...store], y, output.shape);
  const bias = convolution.inputs[2] ? constantOf(convolution, 2) : null;
  const weight = lowering.addWeights(packChannelTaps(constantOf(convolution, 1), bias, taps));
  const place = lowering.newQuads(output);
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel: channelConv,
    spec: {
      x: lowering.tensors.quads(x.place),
      between: lowering.tensors.quads(between),
      y: lowering.tensors.quads(place),
      taps,
      weight,
    },
    stages: { store_y: onStore.makers },
    fused: { store_y: onStore.names },
    reads: [{ value: x.value, storage: x.place.storage }, ...onStore.reads],
    writes: [
      { value: output.name, storage: place.storage, place },
      { value: name, storage: between.storage },
    ],
    weightBytes: bytesOf(weight),
    macs: match.nodes.reduce((sum, node) => sum + macsOf(node), 0),
  });
}
