/** The head of CenterNet: boxes are peaks of heat maps. */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/graph.ts";
import { tensor } from "../../graph/tensor.ts";

export interface CenterNetMaps {
  /** [N, classes, H, W], in 0..1 */
  readonly heat: Value;
  /** [N, 2, H, W]: width and height, in pixels of the map */
  readonly size: Value;
  /** [N, 2, H, W]: x and y of the centre within its pixel */
  readonly offset: Value;
}

export interface CenterNetBoxes {
  /** [N, k, 4] as x, y, w, h with their centres, parts of the input */
  readonly boxes: Value;
  /** [N, k], falling */
  readonly scores: Value;
  /** [N, k], int32 */
  readonly classes: Value;
}

/**
 * Zhou, Wang, Kraehenbuehl: Objects as Points, arXiv 1904.07850, "From points to bounding boxes":
 * a pixel that is no less than its 8 neighbours is a peak, which takes the place of non-maximum
 * suppression. The k greatest over all classes are kept.
 *
 *     x = (column + offset_x) / W, w = size_x / W, the same for y and h
 */
export function decodeCenterNet(
  builder: GraphBuilder,
  { heat, size, offset }: CenterNetMaps,
  k = 100,
): CenterNetBoxes {
  const [batch, classCount, height, width] = heat.shape;
  const area = height * width;
  const integer = (value: number) => builder.constant(tensor([1, 1], Int32Array.of(value)));
  const around = builder.maxPool2d(heat, { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] });
  const isPeak = builder.binary("equal", around, heat);
  const peaks = builder.binary("mul", builder.op("cast", [isPeak], { to: "float32" }), heat);
  const all = builder.reshape(peaks, [batch, classCount * area]);
  const [scores, indices] = builder.apply("topK", [all], { k, axis: 1, largest: true });
  const classes = builder.binary("floorDivide", indices, integer(area));
  const pixels = builder.binary("remainder", indices, integer(area));

  const firsts = Int32Array.from({ length: batch }, (_, image) => image * area);
  const rows = builder.binary("add", pixels, builder.constant(tensor([batch, 1], firsts)));
  /** The two channels of a map at the peaks: [N, k, 2]. */
  const atPeaks = (map: Value): Value => {
    const flat = builder.reshape(map, [batch, 2, area]);
    const table = builder.reshape(builder.transpose(flat, [0, 2, 1]), [batch * area, 2]);
    return builder.op("gather", [table, rows], { axis: 0 });
  };
  const cell = (kind: "remainder" | "floorDivide"): Value => {
    const position = builder.binary(kind, pixels, integer(width));
    return builder.reshape(builder.op("cast", [position], { to: "float32" }), [batch, k, 1]);
  };
  const cells = builder.concat([cell("remainder"), cell("floorDivide")], 2);
  const centres = builder.binary("add", atPeaks(offset), cells);
  const inPixels = builder.concat([centres, atPeaks(size)], 2);
  const unit = Float32Array.of(1 / width, 1 / height, 1 / width, 1 / height);
  const boxes = builder.binary("mul", inPixels, builder.constant(tensor([1, 1, 4], unit)));
  return { boxes, scores, classes };
}
