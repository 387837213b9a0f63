/** How logical axes become channel quads, and whether a tensor can be walked in the places of another. */
import type { Shape } from "../graph/tensor.ts";

/** Sizes of images, channels, height and width. */
export type QuadsDims = readonly [number, number, number, number];

/**
 * The sizes that a shape has in quads, seen as a tensor of `rank` axes (leading ones are added, as
 * in broadcasting): [N, C, H, W]; [N, C, L] as [N, C, 1, L]; [N, C] as [N, C, 1, 1]; [C] as
 * [1, C, 1, 1]. Null for more than 4 axes.
 */
export function quadsDims(shape: Shape, rank = shape.length): QuadsDims | null {
  const sizes = [...new Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
  switch (sizes.length) {
    case 0:
      return [1, 1, 1, 1];
    case 1:
      return [1, sizes[0], 1, 1];
    case 2:
      return [sizes[0], sizes[1], 1, 1];
    case 3:
      return [sizes[0], sizes[1], 1, sizes[2]];
    case 4:
      return [sizes[0], sizes[1], sizes[2], sizes[3]];
    default:
      return null;
  }
}

/** Which of n, c, h, w each axis of a tensor of this rank is. */
export function quadsAxes(rank: number): readonly number[] {
  return [[], [1], [0, 1], [0, 1, 3], [0, 1, 2, 3]][rank] ?? [];
}

/** Whether one stride an image, quad and pixel finds the operand, broadcast, at the places of y. */
export function walksInQuads(operand: Shape, y: Shape): boolean {
  const from = quadsDims(operand, y.length);
  const to = quadsDims(y);
  if (!from || !to || operand.length > y.length) return false;
  const [images, channels, height, width] = from;
  const fits = (images === 1 || images === to[0]) && (channels === 1 || channels === to[1]);
  const wholeMap = height === to[2] && width === to[3];
  return fits && (wholeMap || (height === 1 && width === 1));
}
