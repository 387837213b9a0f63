/** The boxes of single-shot detectors with priors: SSD, UltraFace, RetinaFace, BlazeFace. */
import type { Pair } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import { ShapeError } from "../../graph/errors.ts";
import type { Value } from "../../graph/graph.ts";
import { formatShape, tensor } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";

/** The priors of one scale; all lengths are parts of the network's input. */
export interface PriorLevel {
  /** [h, w] of the map */
  readonly size: Pair;
  /** [h, w] of a cell; by default the cells fill the input. */
  readonly step?: Pair;
  /** [w, h] of each prior of a cell */
  readonly boxes: readonly Pair[];
}

/** Priors [n, 4] as x, y, w, h, around the middles of cells: by level, row, column and box. */
export function priorBoxes(levels: readonly PriorLevel[]): Tensor {
  const rows: number[] = [];
  for (const { size, boxes, step = [1 / size[0], 1 / size[1]] } of levels) {
    for (let row = 0; row < size[0]; row++) {
      for (let column = 0; column < size[1]; column++) {
        const centre = [(column + 0.5) * step[1], (row + 0.5) * step[0]];
        for (const box of boxes) rows.push(...centre, ...box);
      }
    }
  }
  return tensor([rows.length / 4, 4], Float32Array.from(rows));
}

export interface SsdOptions {
  /** [n, 4] as x, y, w, h (or y, x, h, w, as the locations are) */
  readonly priors: Tensor;
  /** Factors of centres and of sizes: 0.1 and 0.2 in SSD, one over the input's size in BlazeFace. */
  readonly variances?: Pair;
  /** Whether sizes are logarithms, as in SSD, or plain factors, as in BlazeFace. */
  readonly sizes?: "exp" | "linear";
}

/**
 * Liu, Anguelov, Erhan, Szegedy, Reed, Fu, Berg: SSD: Single Shot MultiBox Detector,
 * arXiv 1512.02325, section 2.2; linear sizes and key points: Bazarevsky, Kartynnik, Vakunov,
 * Raveendran, Grundmann: BlazeFace, arXiv 1907.05047.
 *
 *     x = x_p + t_x * v_0 * w_p, w = w_p * e^(t_w * v_1), or w = w_p * t_w * v_1
 *
 * Columns beyond the fourth are the x and y of key points, decoded as centres are.
 *
 * @param locations [N, n, 4 + 2 * points]
 * @returns boxes with their centres, and points, of the same shape
 * @throws ShapeError when there is not one prior for each box
 */
export function decodeSsd(
  builder: GraphBuilder,
  locations: Value,
  { priors, variances = [0.1, 0.2], sizes = "exp" }: SsdOptions,
): Value {
  const [, count, columns] = locations.shape;
  if (priors.shape[0] !== count || priors.shape[1] !== 4) {
    throw new ShapeError(
      `decodeSsd: priors have shape ${formatShape(priors.shape)}, but locations ` +
        `${formatShape(locations.shape)}, expected ${count}x4`,
    );
  }
  const isSize = (column: number) => column === 2 || column === 3;
  /** A constant for each number, from its prior, its axis and whether it is a size. */
  const constant = (
    number: (prior: ArrayLike<number>, axis: number, isSize: boolean) => number,
  ) => {
    const data = Float32Array.from({ length: count * columns }, (_, i) => {
      const row = Math.floor(i / columns);
      const prior = priors.data.subarray(4 * row, 4 * row + 4);
      return number(prior, i % 2, isSize(i % columns));
    });
    return builder.constant(tensor([1, count, columns], data));
  };
  const isExp = sizes === "exp";
  const factor = constant((prior, axis, size) => {
    if (size) return isExp ? 0 : prior[2 + axis] * variances[1];
    return prior[2 + axis] * variances[0];
  });
  const origin = constant((prior, axis, size) => (size ? 0 : prior[axis]));
  const linear = builder.binary("add", builder.binary("mul", locations, factor), origin);
  if (!isExp) return linear;
  // Of a column one of the two terms is 0: both together are cheaper than taking columns apart.
  const logarithm = builder.binary(
    "mul",
    locations,
    constant((_, _axis, size) => (size ? variances[1] : 0)),
  );
  const growth = builder.unary(logarithm, { kind: "exp" });
  const base = constant((prior, axis, size) => (size ? prior[2 + axis] : 0));
  return builder.binary("add", linear, builder.binary("mul", growth, base));
}
