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
import { linear, linearLanes, packLinear } from "../../shaders/linear/linear.ts";
import type { LinearLanes } from "../../shaders/linear/linear.ts";
import type { Packed, Quads } from "../../shaders/spec.ts";
import { loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import { selectConvolution, selectVariant } from "../select.ts";
import type { ConvolutionKernel } from "../select.ts";
import { bytesOf, emitComputation, placeToRead } from "./computation.ts";
import { chooseFirst } from "./choose.ts";
import { nameOf } from "./lowering.ts";
import type { Lowering } from "./lowering.ts";

interface Tensors {
  readonly x: Quads;
  readonly y: Quads;
  readonly weight: Packed;
  readonly bias: Packed;
}

/** A kernel for a convolution or a linear layer, and the order in which it reads the weights. */
export interface Implementation<Spec> {
  readonly kernel: Kernel<Spec>;
  /** Kernels of one packing share the packed weights. */
  readonly packing: string;
  readonly pack: (weight: Tensor) => Packed;
  readonly spec: (tensors: Tensors) => Spec;
  /** It cannot walk a table: x must lie in one piece. */
  readonly whole?: boolean;
}

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

/** Emits the step of a group whose core is a convolution or a linear layer. */
export function emitConvolution<Spec>(
  lowering: Lowering,
  group: Group,
  { kernel, packing, pack, spec, whole }: Implementation<Spec>,
): void {
  const node = group.core;
  const input = loadedValue(group);
  const constant = constantOf(node, 1);
  const place = whole ? lowering.quads(input) : placeToRead(lowering, group);
  const weight = lowering.pack(constant, packing, () => pack(constant));
  const bias = packBiasOf(lowering, node, group.output.shape[1]);
  emitComputation(lowering, {
    group,
    kernel,
    inputs: [{ value: input, place }],
    spec: ([x], y) => spec({ x, y, weight, bias }),
    weightBytes: bytesOf(weight, bias),
  });
}

export function lowerConv2d(lowering: Lowering, group: Group, choose = chooseFirst): void {
  const node = group.core;
  if (!isOp(node, "conv2d")) return;
  const { attributes } = node;
  const weight = constantOf(node, 1).shape;
  const shapes = { x: node.inputs[0]!.shape, y: group.output.shape, weight };
  const first = selectVariant({ ...shapes, attributes }, lowering.context.device);
  const tile = choose(lowering, group, first);
  const kernel = [weight[2], weight[3]] as const;
  if (tile?.kernel === "linear") {
    emitLinear(lowering, group, tile);
  } else if (tile?.kernel === "pointwise") {
    emitConvolution(lowering, group, {
      kernel: pointwise,
      packing: "blocks 0",
      pack: packBlocks,
      spec: (tensors) => ({ ...tensors, tile }),
    });
  } else if (tile?.kernel === "direct") {
    const centre = centreQuads(attributes, tile);
    emitConvolution(lowering, group, {
      kernel: direct,
      packing: `blocks ${centre}`,
      pack: (constant) => packBlocks(constant, centre),
      spec: (tensors) => ({ ...tensors, kernel, attributes, tile, centre }),
    });
  } else if (tile && "height" in tile) {
    emitConvolution(lowering, group, {
      kernel: tile.kernel === "depthwise" ? depthwise : depthwiseRows,
      packing: "depthwise",
      pack: packDepthwise,
      spec: (tensors) => ({ ...tensors, kernel, attributes, tile }),
    });
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

export function lowerLinear(lowering: Lowering, group: Group, choose = chooseFirst): void {
  const first = { kernel: "linear", ...linearLanes(lowering.context.device) } as const;
  const lanes = choose(lowering, group, first);
  if (lanes?.kernel === "linear") emitLinear(lowering, group, lanes);
}

function emitLinear(lowering: Lowering, group: Group, lanes: LinearLanes): void {
  emitConvolution(lowering, group, {
    kernel: linear,
    packing: "linear",
    pack: packLinear,
    spec: (tensors) => ({ ...tensors, lanes }),
  });
}
