/** Lists of taps for every resize: cubic, antialiased, of a crop, and the two taps of the others. */
import type { ResizeAttributes } from "./attributes.ts";
import { coordinate, ROUNDINGS } from "./resize-coordinates.ts";

/** y = the sum of weight * x[pixel] */
export interface FilterTap {
  readonly pixel: number;
  readonly weight: number;
}

/** The rules that `coordinate` does not know. */
function sourceOf(
  i: number,
  inSize: number,
  outSize: number,
  { coordinates, scale, roi = [0, 0, 1, 1] }: ResizeAttributes,
  axis: 0 | 1,
): number {
  const factor = scale?.[axis];
  switch (coordinates) {
    case "half_pixel_symmetric": {
      // The output is centred in the scaled image, which may be larger by a part of a pixel.
      const part = factor ? outSize / (inSize * factor) : 1;
      return (inSize / 2) * (1 - part) + coordinate(i, inSize, outSize, "half_pixel", factor);
    }
    case "tf_half_pixel_for_nn":
      return coordinate(i, inSize, outSize, "half_pixel", factor) + 0.5;
    case "tf_crop_and_resize": {
      const [start, end] = [roi[axis], roi[axis + 2]];
      const length = factor ? Math.fround(inSize * factor) : outSize;
      const part = outSize === 1 ? (start + end) / 2 : start + (i * (end - start)) / (length - 1);
      return part * (inSize - 1);
    }
    default:
      return coordinate(i, inSize, outSize, coordinates, factor);
  }
}

const triangle = (x: number) => Math.max(0, 1 - Math.abs(x));

/** Cubic convolution (Keys, IEEE TASSP 29(6), 1981, equation 15, with any a). */
const cubic = (a: number) => (x: number) => {
  const t = Math.abs(x);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
};

/** The filter around `source`: its pixels, clamped to the image or without those outside. */
function weigh(
  source: number,
  inSize: number,
  attributes: ResizeAttributes,
  stretch: number,
): FilterTap[] {
  const { mode, cubicCoefficient = -0.75, excludeOutside = false } = attributes;
  const filter = mode === "cubic" ? cubic(cubicCoefficient) : triangle;
  const radius = (mode === "cubic" ? 2 : 1) * stretch;
  const weights = new Map<number, number>();
  let sum = 0;
  for (let p = Math.ceil(source - radius); p <= Math.floor(source + radius); p++) {
    const pixel = Math.min(Math.max(p, 0), inSize - 1);
    const weight = filter((p - source) / stretch);
    if (weight === 0 || (excludeOutside && pixel !== p)) continue;
    weights.set(pixel, (weights.get(pixel) ?? 0) + weight);
    sum += weight;
  }
  return [...weights].map(([pixel, weight]) => ({ pixel, weight: weight / sum }));
}

/**
 * For each of `outSize` output pixels along an axis (0 rows, 1 columns), the input pixels that it
 * sums and their weights, which sum to 1; none where `tf_crop_and_resize` leaves the image.
 */
export function filterTaps(
  inSize: number,
  outSize: number,
  attributes: ResizeAttributes,
  axis: 0 | 1,
): FilterTap[][] {
  const { mode, coordinates, rounding, scale, antialias, roi } = attributes;
  const isCrop = coordinates === "tf_crop_and_resize";
  const factor = scale?.[axis] ?? outSize / inSize;
  const isWhole = !isCrop || !roi || (roi[axis] === 0 && roi[axis + 2] === 1);
  const isSame = inSize === outSize && factor === 1 && isWhole;
  const stretch = antialias ? Math.max(1, 1 / factor) : 1;
  return Array.from({ length: outSize }, (_, i) => {
    if (isSame) return [{ pixel: i, weight: 1 }];
    const source = sourceOf(i, inSize, outSize, attributes, axis);
    if (isCrop && !(source >= 0 && source <= inSize - 1)) return [];
    if (mode !== "nearest") return weigh(source, inSize, attributes, stretch);
    const inside = Math.min(Math.max(source, 0), inSize - 1);
    return [{ pixel: ROUNDINGS[rounding](inside), weight: 1 }];
  });
}
