/** Lowers convolutions of which all taps have the same weights: windows are summed first. */
import { isOp } from "../../graph/rewrite.ts";
import { lazyTensor } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { pooled } from "../../shaders/conv/pooled.ts";
import { packBlocks } from "../../shaders/conv/weights.ts";
import type { Packed } from "../../shaders/spec.ts";
import type { Group } from "../fusions/fusion.ts";
import { groupQuadsOf, selectTile } from "../select.ts";
import { chooseFirst } from "./choose.ts";
import { constantOf, emitConvolution } from "./convolution.ts";
import type { Lowering } from "./lowering.ts";

export function lowerPooledConv2d(lowering: Lowering, group: Group, choose = chooseFirst): void {
  const node = group.core;
  if (!isOp(node, "conv2d")) return;
  const [, , height, width] = constantOf(node, 1).shape;
  const [, channels, yHeight, yWidth] = group.output.shape;
  const { device } = lowering.context;
  const first = selectTile(yHeight * yWidth, groupQuadsOf(channels, 1), device);
  const tile = choose(lowering, group, { kernel: "pooled", ...first });
  if (tile?.kernel !== "pooled") return;
  emitConvolution(lowering, group, {
    kernel: pooled,
    packing: "pooled",
    pack: packFirstTap,
    spec: (tensors) => ({ ...tensors, kernel: [height, width] as const, tile }),
  });
}

/** Blocks of one tap, which stands for all. */
function packFirstTap(spread: Tensor): Packed {
  const [outs, ins, height, width] = spread.shape;
  const taps = height * width;
  const one = lazyTensor([outs, ins], () => {
    const { data } = spread;
    const first = new Float32Array(outs * ins);
    for (let i = 0; i < first.length; i++) first[i] = data[i * taps];
    return first;
  });
  return packBlocks(one);
}
