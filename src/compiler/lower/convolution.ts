/** Lowers conv2d and linear: chooses the kernel, packs the weights in its order. */
import type { Conv2dAttributes } from "../../graph/attributes.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Node } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { depthwise } from "../../shaders/conv/depthwise.ts";
import { depthwiseRows } from "../../shaders/conv/depthwise-rows.ts";
import { direct } from "../../shaders/conv/direct.ts";
import { pointwise } from "../../shaders/conv/pointwise.ts";
import type { Tile } from "../../shaders/conv/pointwise.ts";
import { packBias, packBlocks, packDepthwise } from "../../shaders/conv/weights.ts";
import type { Kernel } from "../../shaders/kernel.ts";
import { linear, packLinear } from "../../shaders/linear/linear.ts";
import type { Packed, Quads } from "../../shaders/spec.ts";
import { loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import {
  groupQuadsOf,
  selectConvolution,
  selectDepthwiseTile,
  selectStrip,
  selectTile,
  walksRows,
} from "../select.ts";
import type { ConvolutionKernel } from "../select.ts";
import { bytesOf, emitComputation, placeToRead } from "./computation.ts";
import { nameOf } from "./lowering.ts";
import type { Lowering } from "./lowering.ts";

interface Tensors {
  readonly x: Quads;
  readonly y: Quads;
  readonly weight: Packed;
  readonly bias: Packed;
}

interface Packer {
  /** Kernels of one kind of packing share the packed weights. */
  readonly kind: string;
  readonly pack: (weight: Tensor, centre: number) => Packed;
}

const PACKERS: Readonly<Record<Exclude<ConvolutionKernel, "grouped">, Packer>> = {
  linear: { kind: "linear", pack: packLinear },
  pointwise: { kind: "blocks", pack: packBlocks },
  direct: { kind: "blocks", pack: packBlocks },
  depthwise: { kind: "depthwise", pack: packDepthwise },
};

/** The constant at an input; its `data` may be computed when they are read. @throws GraphError when it is not known before the run. */
export function constantOf(node: Node, index: number): Tensor {
  const value = node.inputs[index];
  if (!value?.constant) {
    throw new GraphError(
      `${nameOf(node)}: input ${index} "${value?.name}" is not constant; weights must be known when the model is compiled`,
    );
  }
  return value.constant;
}

/** The kernel of a convolution whose weights are known. */
export function convolutionKernel({
  inputs,
  outputs,
  attributes,
}: Extract<Node, { op: "conv2d" }>): ConvolutionKernel {
  const [x, weight] = inputs;
  const shapes = { x: x!.shape, y: outputs[0].shape, weight: weight!.shape };
  return selectConvolution({ ...shapes, attributes });
}

export function lowerConv2d(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "conv2d")) return;
  const input = loadedValue(group);
  const weight = constantOf(node, 1);
  const { attributes } = node;
  const y = group.output.shape;
  const choice = convolutionKernel(node);
  if (choice === "grouped") return;
  const place = placeToRead(lowering, group);
  const { kind, pack } = PACKERS[choice];
  const { device } = lowering.context;
  const kernel = [weight.shape[2], weight.shape[3]] as const;
  const { groups } = attributes;
  const tile = selectTile(y[2] * y[3], groupQuadsOf(y[1], groups), device, groups);
  const centre = choice === "direct" ? centreQuads(attributes, tile) : 0;
  const packed = lowering.pack(weight, `${kind} ${centre}`, () => pack(weight, centre));
  const bias = packBiasOf(lowering, node, y[1]);
  const emit = <Spec>(kernel: Kernel<Spec>, spec: (tensors: Tensors) => Spec): void => {
    emitComputation(lowering, {
      group,
      kernel,
      inputs: [{ value: input, place }],
      spec: ([x], out) => spec({ x, y: out, weight: packed, bias }),
      weightBytes: bytesOf(packed, bias),
    });
  };
  switch (choice) {
    case "linear":
      return emit(linear, (tensors) => tensors);
    case "pointwise":
      return emit(pointwise, (tensors) => ({ ...tensors, tile }));
    case "direct":
      return emit(direct, (tensors) => ({ ...tensors, kernel, attributes, tile, centre }));
    case "depthwise": {
      const strip = selectStrip(y, device);
      const walks = walksRows(kernel, attributes, strip);
      const shape = walks ? strip : selectDepthwiseTile(y, kernel, device);
      const chosen = walks ? depthwiseRows : depthwise;
      return emit(chosen, (tensors) => ({ ...tensors, kernel, attributes, tile: shape }));
    }
  }
}

/** First quads of y, in whole tiles, of which only the weights of the centre tap are not zero. */
function centreQuads({ branches = [] }: Conv2dAttributes, { quads }: Tile): number {
  const full = branches.find(({ isCentre }) => !isCentre);
  return full ? Math.floor(full.start / 4 / quads) * quads : 0;
}

/** The bias of a convolution or linear layer, or zeros. */
export function packBiasOf(lowering: Lowering, node: Node, channels: number): Packed {
  const bias = node.inputs[2] ? constantOf(node, 2) : null;
  return bias
    ? lowering.pack(bias, "bias", () => packBias(bias, channels))
    : lowering.addWeights(packBias(null, channels));
}

export function lowerLinear(lowering: Lowering, group: Group): void {
  const node = group.core;
  const input = loadedValue(group);
  const weight = constantOf(node, 1);
  const packed = lowering.pack(weight, "linear", () => packLinear(weight));
  const bias = packBiasOf(lowering, node, group.output.shape[1]);
  emitComputation(lowering, {
    group,
    kernel: linear,
    inputs: [{ value: input, place: placeToRead(lowering, group) }],
    spec: ([x], y) => ({ x, y, weight: packed, bias }),
    weightBytes: bytesOf(packed, bias),
  });
}
