/** Which resizes repeat whole pixels, so that a reader finds them by a division. */
import type { Node } from "../graph/graph.ts";
import { isOp } from "../graph/rewrite.ts";
import { isTwoTaps, resizeTaps } from "../graph/resize-coordinates.ts";

/** By how much an up-sampling repeats whole pixels [h, w]; null for another resize. */
export function upsampleFactor(node: Node): readonly [number, number] | null {
  if (!isOp(node, "resize") || node.attributes.mode !== "nearest") return null;
  const [, , height, width] = node.inputs[0]!.shape;
  const { attributes } = node;
  const repeats = (size: number, axis: 0 | 1): number | null => {
    const factor = attributes.size[axis] / size;
    const taps = isTwoTaps(attributes)
      ? resizeTaps(size, attributes.size[axis], attributes, axis)
      : [];
    const isWhole = Number.isInteger(factor) && taps.length > 0;
    return isWhole && taps.every(({ low }, i) => low === Math.floor(i / factor)) ? factor : null;
  };
  const rows = repeats(height, 0);
  const columns = repeats(width, 1);
  return rows && columns ? [rows, columns] : null;
}
