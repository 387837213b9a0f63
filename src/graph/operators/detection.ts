/** Shape rules of box decoding and of non-maximum suppression. */
import { ShapeError } from "../errors.ts";
import { formatShape } from "../tensor.ts";
import { shapeOfRank } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** Boxes, classes of all images, scores, rows of the output, comparisons of two boxes. */
const MOST = [2 ** 16, 2 ** 14, 2 ** 24, 2 ** 21, 2 ** 36];

export const nonMaxSuppression: Operator<"nonMaxSuppression"> = {
  arity: [2, 2],
  infer(application) {
    const { where, attributes } = application;
    const [batch, count, width] = shapeOfRank(application, 0, 3);
    const scores = shapeOfRank(application, 1, 3);
    if (width !== 4 || scores[0] !== batch || scores[2] !== count) {
      throw new ShapeError(
        `${where}: boxes have shape ${batch}x${count}x${width} and scores ` +
          `${formatShape(scores)}, expected [N, n, 4] and [N, C, n]`,
      );
    }
    const { maxOutputBoxesPerClass: most, iouThreshold: threshold } = attributes;
    if (!(most >= 0 && threshold >= 0 && threshold <= 1)) {
      throw new ShapeError(
        `${where}: maxOutputBoxesPerClass is ${most} and iouThreshold ${threshold}, ` +
          `expected at least 0 and 0..1`,
      );
    }
    const classes = batch * scores[1];
    const rows = classes * Math.min(count, Math.floor(most));
    const sizes = [count, classes, classes * count, rows, rows * count];
    if (sizes.some((size, i) => size > MOST[i])) {
      throw new ShapeError(
        `${where}: ${sizes.join(", ")} boxes, classes of all images, scores, rows of output and ` +
          `comparisons, at most ${MOST.join(", ")} are supported`,
      );
    }
    return [
      { shape: [rows, 3], dtype: "int32" },
      { shape: [], dtype: "int32" },
    ];
  },
};

export const decodeYolo: Operator<"decodeYolo"> = {
  arity: [1, 1],
  infer(application) {
    const [batch, channels, height, width] = shapeOfRank(application, 0, 4);
    const { length } = application.attributes.anchors;
    const classes = channels / length - 5;
    if (!Number.isInteger(classes) || classes < 0) {
      throw new ShapeError(
        `${application.where}: ${channels} channels are not those of ${length} anchors, ` +
          `expected ${length} * (5 + classes)`,
      );
    }
    const boxes = length * height * width;
    return [
      { shape: [batch, boxes, 4], dtype: "float32" },
      { shape: [batch, classes, boxes], dtype: "float32" },
    ];
  },
};
