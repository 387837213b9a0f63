/** NonMaxSuppression. */
import { rowCounts } from "../../graph/row-counts.ts";
import type { Converter } from "./node.ts";
import type { Converters } from "./operators.ts";

/**
 * The indices have the greatest possible number of rows, -1 past the last. Nodes that read them
 * compute on all rows, where an index of -1 means the last element; outputs of the graph are cut
 * to the rows that count where these can be followed (`graph/row-counts.ts`).
 */
const nonMaxSuppression: Converter = (node) => {
  node.importing.rowCounts = rowCounts;
  const [selected] = node.apply("nonMaxSuppression", [node.input(0), node.input(1)], {
    maxOutputBoxesPerClass: node.number(2) ?? 0,
    iouThreshold: node.number(3) ?? 0,
    scoreThreshold: node.number(4) ?? -Infinity,
    centerPointBox: node.int("center_point_box", 0) !== 0,
    metric: "iou",
  });
  return selected;
};

export const detection: Converters = { NonMaxSuppression: nonMaxSuppression };
