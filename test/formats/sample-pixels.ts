/** A plain version of the kernel `image/preprocess`, to see where a plan's pixels come from. */
import type { PreprocessGeometry, Size } from "../../src/formats/preprocess.ts";

type Taps = readonly (readonly [index: number, weight: number])[];

/** The pixels along one axis that each sample averages, by a triangle filter; null outside of the target. */
function tapsOf(
  length: number,
  pixels: number,
  source: readonly [start: number, size: number],
  target: readonly [start: number, size: number],
  antialias: boolean,
): (Taps | null)[] {
  const step = source[1] / target[1];
  const support = antialias ? Math.max(1, step) : 1;
  return Array.from({ length }, (_, i) => {
    const within = i + 0.5 - target[0];
    if (within < 0 || within >= target[1]) return null;
    const centre = source[0] + within * step;
    const weights = Array.from({ length: pixels }, (_, j) =>
      Math.max(0, 1 - Math.abs(j + 0.5 - centre) / support),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.flatMap((weight, j) => (weight > 0 ? [[j, weight / total] as const] : []));
  });
}

/** RGB bytes to [3, H, W]. */
export function samplePixels(
  pixels: Uint8Array,
  plan: PreprocessGeometry,
  { width, height }: Size,
): Float32Array {
  const { source, target, imageWidth, imageHeight, antialias, channels, fill } = plan;
  const horizontal = [source.left, source.width] as const;
  const vertical = [source.top, source.height] as const;
  const columns = tapsOf(width, imageWidth, horizontal, [target.left, target.width], antialias);
  const rows = tapsOf(height, imageHeight, vertical, [target.top, target.height], antialias);
  const output = new Float32Array(3 * height * width);
  for (let i = 0; i < output.length; i++) {
    const channel = Math.floor(i / (height * width));
    const colour = channels === "bgr" ? 2 - channel : channel;
    const row = rows[Math.floor(i / width) % height];
    const column = columns[i % width];
    let value = row && column ? 0 : fill[colour];
    for (const [y, a] of row ?? []) {
      for (const [x, b] of column ?? []) {
        value += (a * b * pixels[(y * imageWidth + x) * 3 + colour]) / 255;
      }
    }
    const mean = plan.mean[channel] ?? plan.mean[0];
    output[i] = (value * plan.scale - mean) / (plan.std[channel] ?? plan.std[0]);
  }
  return output;
}
