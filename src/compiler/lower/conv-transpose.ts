/** Lowers transposed convolutions, and convolutions whose weights are computed during the run. */
import type { Conv2dAttributes, Pair } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import type { Shape } from "../../graph/tensor.ts";
import { computed } from "../../shaders/conv/computed.ts";
import type { Tile } from "../../shaders/conv/pointwise.ts";
import { packTransposed, transposed } from "../../shaders/conv/transposed.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import type { Group } from "../fusion.ts";
import { groupQuadsOf, selectTile } from "../select.ts";
import { chooseFirst } from "./choose.ts";
import { emitComputation } from "./computation.ts";
import { constantOf, emitConvolution } from "./convolution.ts";
import type { Lowering } from "./lowering.ts";

export function lowerConvTranspose2d(lowering: Lowering, group: Group, choose = chooseFirst): void {
  const node = group.core;
  if (!isOp(node, "convTranspose2d")) return;
  const weights = node.inputs.slice(1);
  if (!weights.every((value) => !value || value.constant)) return lowerComputed(lowering, group);
  const { attributes } = node;
  const { groups } = attributes;
  const { shape } = constantOf(node, 1);
  const kernel: Pair = [shape[2], shape[3]];
  const { device } = lowering.context;
  const first = selectTransposedTile(shape, group.output.shape, attributes, device);
  const tile = choose(lowering, group, { kernel: "transposed", ...first });
  if (tile?.kernel !== "transposed") return;
  emitConvolution(lowering, group, {
    kernel: transposed,
    packing: `transposed ${groups}`,
    pack: (weight) => packTransposed(weight, groups),
    spec: (tensors) => ({ ...tensors, kernel, attributes, tile }),
    whole: true,
  });
}

/** A tile works on the pixels of one phase. One that holds several groups reads more of x. */
function selectTransposedTile(
  weight: Shape,
  [, channels, height, width]: Shape,
  { groups, stride }: Conv2dAttributes,
  device: DeviceTraits,
): Tile {
  const area = Math.ceil(height / stride[0]) * Math.ceil(width / stride[1]);
  const onQuads = groups === 1 || ((weight[0] / groups) % 4 === 0 && weight[1] % 4 === 0);
  const quads = onQuads ? groupQuadsOf(channels, groups) : 1;
  return selectTile(area, quads, device, groups);
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
