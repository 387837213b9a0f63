/** Converters of NonMaxSuppression, versions 2 to 5; the output size must be a constant. */
import type { Value } from "../../graph/graph.ts";
import { native } from "./call.ts";
import type { Call, Converter, Converters } from "./call.ts";
import type { Held } from "./layout.ts";

const zero = (call: Call, like: Value): Value =>
  call.number(like.dtype === "int32" ? Int32Array.of(0) : Float32Array.of(0), [1]);

/** The values that count, 0 past them, and zeros up to `size`; by the padding all rows count. */
function padded(call: Call, values: Value, selected: Value, size: number): Value {
  const isRow = call.op("binary", [selected, zero(call, selected)], { kind: "greaterEqual" });
  const kept = call.op("where", [isRow, values, zero(call, values)], {});
  const after = [size - values.shape[0]];
  return call.op("pad", [kept], { before: [0], after, mode: "constant", value: 0 });
}

/**
 * Outputs: indices [k], in version 5 their scores [k], from version 4 on how many there are. As
 * in TensorFlow overlaps must exceed the threshold (TensorFlow.js lets equal ones suffice).
 */
const nonMaxSuppression =
  (version: number): Converter =>
  (call): Held[] => {
    const [boxes, scores] = [call.native(0), call.native(1)];
    const [[count], most] = [call.shapeOfRank(1, 1), call.int(2)];
    if (version === 5 && call.scalar(5) !== 0) call.fail("has a soft_nms_sigma, expected 0");
    const isPadded = version > 3 && call.attributes.bool("pad_to_max_output_size");
    if (isPadded && most > 2 ** 16) call.fail(`is padded to ${most}, expected at most 65536`);
    const inputs = [call.reshape(boxes, [1, ...boxes.shape]), call.reshape(scores, [1, 1, count])];
    const attributes = {
      maxOutputBoxesPerClass: most,
      iouThreshold: call.scalar(3),
      scoreThreshold: version > 2 ? call.scalar(4) : -Infinity,
      centerPointBox: false,
      metric: "iou",
    } as const;
    const outputs = call.layouts.apply("nonMaxSuppression", inputs, attributes, call.name);
    const [selected, valid] = outputs;
    const cut = { axes: [1], starts: [2], sizes: [1], steps: [1] };
    const indices = call.reshape(call.op("slice", [selected], cut), [selected.shape[0]]);
    const finish = (values: Value): Held =>
      native(isPadded ? padded(call, values, indices, most) : values);
    if (version < 5) return [finish(indices), native(valid)].slice(0, version < 4 ? 1 : 2);
    const picked = call.op("gather", [scores, indices], { axis: 0 });
    return [finish(indices), finish(picked), native(valid)];
  };

export const DETECTION: Converters = Object.fromEntries(
  [2, 3, 4, 5].map((version) => [`NonMaxSuppressionV${version}`, nonMaxSuppression(version)]),
);
