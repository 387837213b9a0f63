/** Lowers convolutions of which all taps have the same weights: windows are summed first. */
import { isOp } from "../../graph/rewrite.ts";
import { lazyTensor } from "../../graph/tensor.ts";
import { pooled } from "../../shaders/conv/pooled.ts";
import { packBlocks } from "../../shaders/conv/weights.ts";
import { loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import { groupQuadsOf, selectTile } from "../select.ts";
import { bytesOf, emitComputation, placeToRead } from "./computation.ts";
import { constantOf, packBiasOf } from "./convolution.ts";
import type { Lowering } from "./lowering.ts";

export function lowerPooledConv2d(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "conv2d")) return;
  const input = loadedValue(group);
  const spread = constantOf(node, 1);
  const [outs, ins, height, width] = spread.shape;
  const taps = height * width;
  const one = lazyTensor([outs, ins], () => {
    const { data } = spread;
    const first = new Float32Array(outs * ins);
    for (let i = 0; i < first.length; i++) first[i] = data[i * taps];
    return first;
  });
  const weight = lowering.pack(spread, "pooled", () => packBlocks(one));
  const [, channels, yHeight, yWidth] = group.output.shape;
  const bias = packBiasOf(lowering, node, channels);
  const { device } = lowering.context;
  const tile = selectTile(yHeight * yWidth, groupQuadsOf(channels, 1), device);
  emitComputation(lowering, {
    group,
    kernel: pooled,
    inputs: [{ value: input, place: placeToRead(lowering, group) }],
    spec: ([x], y) => ({ x, y, weight, bias, kernel: [height, width] as const, tile }),
    weightBytes: bytesOf(weight, bias),
  });
}
