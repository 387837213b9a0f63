/** Which input pixels an output pixel of a resize reads; kernels and the reference share it. */
import type { ResizeAttributes } from "./attributes.ts";

/** y = x[low] * (1 - fraction) + x[high] * fraction */
export interface ResizeTap {
  readonly low: number;
  readonly high: number;
  readonly fraction: number;
}

export const ROUNDINGS: Record<ResizeAttributes["rounding"], (x: number) => number> = {
  floor: Math.floor,
  ceil: Math.ceil,
  // The sum with 0 turns -0 into 0.
  round_prefer_floor: (x) => Math.ceil(x - 0.5) + 0,
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
};

/** Whether two taps an axis do; the other resizes have lists of taps, by `resize-filter.ts`. */
export function isTwoTaps({ mode, coordinates, antialias }: ResizeAttributes): boolean {
  return mode !== "cubic" && !antialias && !/^tf_|_symmetric/.test(coordinates);
}

/** ONNX Resize, `coordinate_transformation_mode`: where output pixel `i` lies in the input. */
export function coordinate(
  i: number,
  inSize: number,
  outSize: number,
  rule: string,
  scale?: number,
): number {
  if (rule === "align_corners") {
    // Corners of the scaled image, of which the output may have a part only: 2 of 2.4 pixels.
    const length = scale ? Math.fround(inSize * scale) : outSize;
    return outSize === 1 ? 0 : (i * (inSize - 1)) / (length - 1);
  }
  if (rule === "pytorch_half_pixel" && outSize === 1) return 0;
  const offset = rule === "asymmetric" ? 0 : 0.5;
  // A file's scale is a float32: without rounding the quotient, 8 / 1.6 would fall short of 5.
  const scaled = scale ? Math.fround((i + offset) / scale) : ((i + offset) * inSize) / outSize;
  return scaled - offset;
}

/**
 * For each of `outSize` output pixels along an axis (0 rows, 1 columns), the input pixels that it
 * reads. For "nearest" low and high are one pixel and the fraction is 0. Coordinates beyond the
 * image read its edge.
 */
export function resizeTaps(
  inSize: number,
  outSize: number,
  attributes: Pick<ResizeAttributes, "mode" | "coordinates" | "rounding" | "scale">,
  axis: 0 | 1,
): ResizeTap[] {
  const { mode, coordinates, rounding, scale } = attributes;
  return Array.from({ length: outSize }, (_, i) => {
    const source = coordinate(i, inSize, outSize, coordinates, scale?.[axis]);
    const inside = Math.min(Math.max(source, 0), inSize - 1);
    if (mode === "nearest") {
      const low = ROUNDINGS[rounding](inside);
      return { low, high: low, fraction: 0 };
    }
    const low = Math.floor(inside);
    return { low, high: Math.min(low + 1, inSize - 1), fraction: inside - low };
  });
}
