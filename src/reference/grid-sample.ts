/** Sampling at the places of a grid (ONNX GridSample, PyTorch grid_sample). */
import type { OperatorAttributes } from "../graph/attributes.ts";
import type { Evaluate } from "./operand.ts";

type GridSampleAttributes = OperatorAttributes["gridSample"];

/** Keys' cubic convolution with a = -0.75: the weight of a pixel at a distance of up to 2. */
function cubicWeight(distance: number): number {
  const d = Math.abs(distance);
  return d <= 1 ? (1.25 * d - 2.25) * d * d + 1 : ((-0.75 * d + 3.75) * d - 6) * d + 3;
}

/** Half goes to the even neighbour. */
function roundToEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2 === 0 ? 0 : 1) : Math.round(x);
}

/** The pixel that an index outside of an axis stands for; null for a zero. */
function indexIn(size: number, at: number, attributes: GridSampleAttributes): number | null {
  if (at >= 0 && at < size) return at;
  if (attributes.padding === "zeros") return null;
  if (attributes.padding === "border") return at < 0 ? 0 : size - 1;
  // Mirrors lie on the outermost pixels, or on their outer edges.
  const period = attributes.alignCorners ? 2 * (size - 1) : 2 * size;
  if (period === 0) return 0;
  const turned = ((at % period) + period) % period;
  return turned < size ? turned : period - turned - (attributes.alignCorners ? 0 : 1);
}

/** The pixels of one axis that a coordinate in [-1, 1] reads, with their weights. */
function tapsOf(size: number, coordinate: number, attributes: GridSampleAttributes) {
  const { mode, alignCorners } = attributes;
  const at = alignCorners ? ((coordinate + 1) / 2) * (size - 1) : ((coordinate + 1) * size - 1) / 2;
  const first = mode === "nearest" ? roundToEven(at) : Math.floor(at) - (mode === "cubic" ? 1 : 0);
  const count = { nearest: 1, linear: 2, cubic: 4 }[mode];
  return Array.from({ length: count }, (_, k) => {
    const distance = at - (first + k);
    const weight = { nearest: 1, linear: 1 - Math.abs(distance), cubic: cubicWeight(distance) };
    return { index: indexIn(size, first + k, attributes), weight: weight[mode] };
  });
}

/** x at the places of a grid, interpolated axis by axis (ONNX GridSample). */
export const gridSample: Evaluate<"gridSample"> = ({
  inputs: [x, grid],
  attributes,
  outputs: [{ shape }],
}) => {
  const [batch, channels, ...sizes] = x.shape;
  const image = sizes.reduce((a, b) => a * b, 1);
  const places = shape.slice(2).reduce((a, b) => a * b, 1);
  const y = new Float64Array(batch * channels * places);
  for (let n = 0; n < batch; n++) {
    for (let place = 0; place < places; place++) {
      const first = (n * places + place) * sizes.length;
      // Offsets within a plane, with the products of the weights so far.
      let taps = [{ at: 0, weight: 1 }];
      sizes.forEach((size, axis) => {
        const coordinate = grid.data[first + sizes.length - 1 - axis];
        const along = tapsOf(size, coordinate, attributes);
        taps = taps.flatMap(({ at, weight }) =>
          along.flatMap((tap) =>
            tap.index === null ? [] : [{ at: at * size + tap.index, weight: weight * tap.weight }],
          ),
        );
      });
      for (let c = 0; c < channels; c++) {
        const start = (n * channels + c) * image;
        y[(n * channels + c) * places + place] = taps.reduce(
          (sum, { at, weight }) => sum + weight * x.data[start + at],
          0,
        );
      }
    }
  }
  return [y];
};
