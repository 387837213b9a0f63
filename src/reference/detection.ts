/** Box decoding and non-maximum suppression. */
import type { NonMaxSuppressionAttributes } from "../graph/attributes.ts";
import { sizeOf } from "../graph/tensor.ts";
import type { Evaluate, Operand } from "./operand.ts";

/** [least x, least y, greatest x, greatest y], or y before x: overlaps are the same. */
type Corners = readonly [number, number, number, number];

function cornersOf(data: Operand["data"], box: number, isCentre: boolean): Corners {
  let [x1, y1, x2, y2] = data.subarray(4 * box, 4 * box + 4);
  if (isCentre) [x1, y1, x2, y2] = [x1 - x2 / 2, y1 - y2 / 2, x1 + x2 / 2, y1 + y2 / 2];
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
}

/** Whether the overlap of two boxes is above the threshold; never when they do not meet. */
function suppresses(
  a: Corners,
  b: Corners,
  { metric, iouThreshold }: NonMaxSuppressionAttributes,
): boolean {
  const side = (axis: number) =>
    Math.max(0, Math.min(a[axis + 2], b[axis + 2]) - Math.max(a[axis], b[axis]));
  const area = ([x1, y1, x2, y2]: Corners) => (x2 - x1) * (y2 - y1);
  const shared = side(0) * side(1);
  if (!(shared > 0)) return false;
  const iou = shared / (area(a) + area(b) - shared);
  const threshold = Math.fround(iouThreshold);
  // 7/10 is not above 0.7, although the nearest float32 to 0.7 is below it.
  if (metric === "iou") return Math.fround(iou) > threshold;
  let [distance, diagonal] = [0, 0];
  for (const axis of [0, 1]) {
    distance += ((a[axis] + a[axis + 2] - b[axis] - b[axis + 2]) / 2) ** 2;
    diagonal += (Math.max(a[axis + 2], b[axis + 2]) - Math.min(a[axis], b[axis])) ** 2;
  }
  return iou - (distance / diagonal) ** 0.6 > threshold;
}

/** ONNX's NonMaxSuppression (opset 11), and that of Darknet. */
export const nonMaxSuppression: Evaluate<"nonMaxSuppression"> = (evaluation) => {
  const { inputs, attributes, outputs } = evaluation;
  const [boxes, scores] = inputs;
  const [batch, classes, count] = scores.shape;
  const most = Math.floor(attributes.maxOutputBoxesPerClass);
  const threshold = Math.fround(attributes.scoreThreshold);
  const selected = new Int32Array(sizeOf(outputs[0].shape)).fill(-1);
  let rows = 0;
  for (let row = 0; row < batch * classes; row++) {
    const image = Math.floor(row / classes);
    const score = (box: number) => scores.data[row * count + box];
    const candidates = Array.from({ length: count }, (_, box) => box)
      .filter((box) => score(box) > threshold)
      // Array.sort is stable: equal scores stay in the order of their boxes.
      .sort((a, b) => score(b) - score(a));
    const kept: Corners[] = [];
    for (const box of candidates) {
      if (kept.length === most) break;
      const corners = cornersOf(boxes.data, image * count + box, attributes.centerPointBox);
      if (kept.some((other) => suppresses(other, corners, attributes))) continue;
      kept.push(corners);
      selected.set([image, row % classes, box], 3 * rows++);
    }
  }
  return [selected, Int32Array.of(rows)];
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The formulas of blocks.md B20; anchor a of the cell in row i and column j is box (a, i, j). */
export const decodeYolo: Evaluate<"decodeYolo"> = ({ inputs: [x], attributes, outputs }) => {
  const [batch, channels, height, width] = x.shape;
  const { anchors, inputSize, scaleXY } = attributes;
  const area = height * width;
  const count = anchors.length * area;
  const entries = channels / anchors.length;
  const boxes = new Float64Array(sizeOf(outputs[0].shape));
  const scores = new Float64Array(sizeOf(outputs[1].shape));
  for (let at = 0; at < batch * count; at++) {
    const [image, box] = [Math.floor(at / count), at % count];
    const [anchor, pixel] = [Math.floor(box / area), box % area];
    const entry = (e: number) => x.data[(image * channels + anchor * entries + e) * area + pixel];
    const centre = (e: number) => scaleXY * sigmoid(entry(e)) - (scaleXY - 1) / 2;
    boxes.set(
      [
        (centre(0) + (pixel % width)) / width,
        (centre(1) + Math.floor(pixel / width)) / height,
        (Math.exp(entry(2)) * anchors[anchor][0]) / inputSize[1],
        (Math.exp(entry(3)) * anchors[anchor][1]) / inputSize[0],
      ],
      4 * at,
    );
    for (let k = 0; k < entries - 5; k++) {
      scores[(image * (entries - 5) + k) * count + box] = sigmoid(entry(5 + k)) * sigmoid(entry(4));
    }
  }
  return [boxes, scores];
};
