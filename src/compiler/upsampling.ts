/** Which resizes a reader can compute by divisions of whole numbers: they repeat pixels, or lie between four. */
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

/** Output pixel i lies at (i * scale + shift) / divisor of the input: whole numbers. */
export interface BilinearAxis {
  readonly scale: number;
  readonly shift: number;
  readonly divisor: number;
}

/** Where the rows and the columns of a bilinear up-sampling by whole factors lie; null for another resize. */
export function bilinearAxes(node: Node): readonly [BilinearAxis, BilinearAxis] | null {
  if (!isOp(node, "resize") || node.attributes.mode !== "linear") return null;
  const { attributes } = node;
  if (!isTwoTaps(attributes)) return null;
  const { shape } = node.inputs[0]!;
  const axisOf = (axis: 0 | 1): BilinearAxis | null => {
    const [size, to] = [shape[2 + axis], attributes.size[axis]];
    const way = wayOf(attributes.coordinates, size, to);
    if (!Number.isInteger(to / size) || !way || to * way.scale >= MOST_REACHED) return null;
    const { scale, shift, divisor } = way;
    // A file may give a scale that is not the quotient of the sizes.
    const isSame = resizeTaps(size, to, attributes, axis).every(({ low, fraction }, i) => {
      const at = Math.min(Math.max(i * scale + shift, 0) / divisor, size - 1);
      return Math.abs(low + fraction - at) < 1e-6;
    });
    return isSame ? way : null;
  };
  const [rows, columns] = [axisOf(0), axisOf(1)];
  return rows && columns ? [rows, columns] : null;
}

/** Beyond it an i32 is not enough. */
const MOST_REACHED = 2 ** 31;

function wayOf(coordinates: string, size: number, to: number): BilinearAxis | null {
  const factor = to / size;
  switch (coordinates) {
    case "half_pixel":
    case "pytorch_half_pixel":
      return { scale: 2, shift: 1 - factor, divisor: 2 * factor };
    case "asymmetric":
      return { scale: 1, shift: 0, divisor: factor };
    case "align_corners":
      return { scale: size - 1, shift: 0, divisor: Math.max(1, to - 1) };
    default:
      return null;
  }
}
