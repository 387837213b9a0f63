/** Non-maximum suppression, and the detections that are left. */
import type { NonMaxSuppressionAttributes } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/graph.ts";
import { tensor } from "../../graph/tensor.ts";
import type { Candidates } from "./candidates.ts";

/** Rows by image, class and falling score; k is the greatest possible number of them. */
export interface Detections {
  /** int32, a scalar: how many rows there are; the others hold what the last box does. */
  readonly count: Value;
  /** [k, 3], int32: image, class and box; -1 where there is no row */
  readonly selected: Value;
  /** [k], int32 */
  readonly images: Value;
  /** [k], int32 */
  readonly classes: Value;
  /** [k] */
  readonly scores: Value;
  /** [k, 4], as they are given */
  readonly boxes: Value;
}

/**
 * In each class of each image a box is kept unless it overlaps one of a greater score too much. By
 * default boxes have their centres first, at most 100 are kept of a class, and the thresholds are
 * those of Darknet's `detector test`: scores above 0.25, overlaps up to 0.45.
 *
 * Metric "iou" is the GreedyNMS of Hosang, Benenson, Schiele: Learning non-maximum suppression,
 * arXiv 1705.02950; "greedy" is Darknet's `greedynms`, by the DIoU of Zheng, Wang, Liu, Li, Ye,
 * Ren: Distance-IoU Loss, arXiv 1911.08287, with Darknet's exponent.
 *
 * @example
 * const heads = [{ map, anchors: YOLO_TINY_ANCHORS.v3[32] }];
 * const found = nonMaxSuppression(builder, decodeYolo(builder, heads, [416, 416]));
 * builder.output("boxes", found.boxes, { length: found.count });
 * builder.output("scores", found.scores, { length: found.count });
 *
 * @throws ShapeError when boxes and scores do not fit, or are too many
 */
export function nonMaxSuppression(
  builder: GraphBuilder,
  { boxes, scores }: Candidates,
  options: Partial<NonMaxSuppressionAttributes> = {},
): Detections {
  const [selected, count] = builder.apply("nonMaxSuppression", [boxes, scores], {
    maxOutputBoxesPerClass: 100,
    iouThreshold: 0.45,
    scoreThreshold: 0.25,
    centerPointBox: true,
    metric: "iou",
    ...options,
  });
  const [batch, classCount, boxCount] = scores.shape;
  const [rows] = selected.shape;
  const integer = (value: number) => builder.constant(tensor([1], Int32Array.of(value)));
  const column = (start: number): Value => {
    const attributes = { axes: [1], starts: [start], sizes: [1], steps: [1] };
    return builder.reshape(builder.op("slice", [selected], attributes), [rows]);
  };
  /** The place of box b of plane p among all planes: never before the first. */
  const place = (plane: Value, box: Value): Value => {
    const first = builder.binary("mul", plane, integer(boxCount));
    return builder.binary("maximum", builder.binary("add", first, box), integer(0));
  };
  const pick = (table: Value, at: Value): Value => builder.op("gather", [table, at], { axis: 0 });
  const [images, classes, box] = [0, 1, 2].map(column);
  const planes = builder.binary("add", builder.binary("mul", images, integer(classCount)), classes);
  const flatBoxes = builder.reshape(boxes, [batch * boxCount, 4]);
  const flatScores = builder.reshape(scores, [batch * classCount * boxCount]);
  return {
    count,
    selected,
    images,
    classes,
    scores: pick(flatScores, place(planes, box)),
    boxes: pick(flatBoxes, place(images, box)),
  };
}
