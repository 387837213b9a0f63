/** Lowers transposed convolutions, and convolutions whose weights are computed during the run. */
import type { Conv2dAttributes, Pair } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import type { Shape } from "../../graph/tensor.ts";
import { computed } from "../../shaders/conv/computed.ts";
import { packTransposed, transposed } from "../../shaders/conv/transposed.ts";
import type { Group } from "../fusion.ts";
import { groupQuadsOf, selectTile } from "../select.ts";
import { bytesOf, emitComputation } from "./computation.ts";
import { constantOf, packBiasOf } from "./convolution.ts";
import type { Lowering } from "./lowering.ts";

export function lowerConvTranspose2d(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "convTranspose2d")) return;
  const [input, ...weights] = node.inputs;
  if (!weights.every((value) => !value || value.constant)) return lowerComputed(lowering, group);
  const place = lowering.quads(input!);
  const { attributes } = node;
  const { groups, stride } = attributes;
  const weight = constantOf(node, 1);
  const { shape } = weight;
  const kernel: Pair = [shape[2], shape[3]];
  const packed = lowering.pack(weight, `transposed ${groups}`, () =>
    packTransposed(weight, groups),
  );
  const [, channels, height, width] = group.output.shape;
  const bias = packBiasOf(lowering, node, channels);
  // A tile works on the pixels of one phase. One that holds several groups reads more of x.
  const area = Math.ceil(height / stride[0]) * Math.ceil(width / stride[1]);
  const onQuads = groups === 1 || ((shape[0] / groups) % 4 === 0 && shape[1] % 4 === 0);
  const quads = onQuads ? groupQuadsOf(channels, groups) : 1;
  const tile = selectTile(area, quads, lowering.context.device, groups);
  emitComputation(lowering, {
    group,
    kernel: transposed,
    inputs: [{ value: input!, place }],
    spec: ([x], y) => ({ x, y, weight: packed, bias, kernel, attributes, tile }),
    weightBytes: bytesOf(packed, bias),
  });
}

const POINTWISE: Conv2dAttributes = {
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  groups: 1,
};

/** A linear layer is a convolution of one pixel. */
export function lowerComputed(lowering: Lowering, group: Group): void {
  const node = group.core;
  const isTransposed = isOp(node, "convTranspose2d");
  const attributes = isTransposed || isOp(node, "conv2d") ? node.attributes : POINTWISE;
  const [x, weight, bias = null] = node.inputs as [Value, Value, (Value | null)?];
  const place = lowering.quads(x);
  const operands = [weight, ...(bias ? [bias] : [])].map((value) => {
    const { storage, start } = lowering.contiguous(value);
    const shape: Shape = value === weight ? [...value.shape, 1, 1].slice(0, 4) : value.shape;
    return {
      read: { value: value.name, storage },
      flat: lowering.tensors.flat(storage, shape, start),
    };
  });
  emitComputation(lowering, {
    group,
    kernel: computed,
    inputs: [{ value: x, place }],
    reads: operands.map(({ read }) => read),
    spec: ([from], y) => ({
      x: from,
      y,
      weight: operands[0].flat,
      bias: operands.at(1)?.flat ?? null,
      attributes,
      isTransposed,
    }),
  });
}
