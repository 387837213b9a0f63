/** Lowers resizes: by two taps an axis, or by lists of taps. */
import type { ResizeAttributes } from "../../graph/attributes.ts";
import { isOp } from "../../graph/rewrite.ts";
import { resizeTaps } from "../../graph/resize-coordinates.ts";
import { filterTaps } from "../../graph/resize-filter.ts";
import type { FilterTap } from "../../graph/resize-filter.ts";
import { packFilter, resizeFilter } from "../../shaders/resize/filter.ts";
import { packTaps, resize } from "../../shaders/resize/resize.ts";
import type { Packed } from "../../shaders/spec.ts";
import { loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import type { QuadsPlace } from "../storage.ts";
import { bytesOf, emitComputation } from "./computation.ts";
import type { Lowering } from "./lowering.ts";

type Taps = readonly (readonly FilterTap[])[];

const countOf = (taps: Taps) => taps.reduce((sum, { length }) => sum + length, 0);

/** Every pixel by itself. */
const identity = (size: number): Taps =>
  Array.from({ length: size }, (_, pixel) => [{ pixel, weight: 1 }]);

/**
 * A kernel that sums rows and columns at once, or where that takes more sums, columns first and
 * rows of the result then.
 */
export function lowerFilteredResize(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "resize")) return;
  const input = node.inputs[0]!;
  const attributes: ResizeAttributes = node.attributes;
  const { size, extrapolationValue: value = 0 } = attributes;
  const [height, width] = input.shape.slice(2);
  const rows: Taps = filterTaps(height, size[0], attributes, 0);
  let columns: Taps = filterTaps(width, size[1], attributes, 1);
  const pack = (taps: Taps) => lowering.addWeights(packFilter(taps));
  let place = lowering.quads(input);
  const [rowSums, columnSums] = [countOf(rows), countOf(columns)];
  if (height * columnSums + rowSums * size[1] < rowSums * columnSums) {
    const emptied = columns;
    place = filterColumns(lowering, group, place, { packed: pack(columns), width: size[1], value });
    columns = identity(size[1]).map((taps, i) => (emptied[i].length ? taps : []));
  }
  const packed = { rows: pack(rows), columns: pack(columns) };
  emitComputation(lowering, {
    group,
    kernel: resizeFilter,
    inputs: [{ value: input, place }],
    spec: ([x], y) => ({ x, y, ...packed, value }),
    weightBytes: bytesOf(packed.rows, packed.columns),
  });
}

/** The image with its new width and its old height. */
function filterColumns(
  lowering: Lowering,
  { core }: Group,
  from: QuadsPlace,
  columns: { packed: ReturnType<typeof packFilter>; width: number; value: number },
): QuadsPlace {
  const { packed, width, value } = columns;
  const [images, channels, height] = from.dims;
  const name = `${core.name} columns`;
  const place = lowering.allocateQuads(name, [images, channels, height, width], from.axes);
  const rows = lowering.addWeights(packFilter(identity(height)));
  lowering.emit({
    name: core.name,
    shape: [images, channels, height, width],
    kernel: resizeFilter,
    spec: {
      x: lowering.tensors.quads(from),
      y: lowering.tensors.quads(place),
      rows,
      columns: packed,
      value,
    },
    reads: [{ value: core.inputs[0]!.name, storage: from.storage }],
    writes: [{ value: name, storage: place.storage, place }],
    weightBytes: bytesOf(rows, packed),
  });
  return place;
}

export function lowerResize(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "resize")) return;
  const input = loadedValue(group);
  const { attributes } = node;
  const taps = (axis: 0 | 1): Packed =>
    lowering.addWeights(
      packTaps(
        resizeTaps(node.inputs[0]!.shape[2 + axis], attributes.size[axis], attributes, axis),
      ),
    );
  const [rows, columns] = [taps(0), taps(1)];
  emitComputation(lowering, {
    group,
    kernel: resize,
    inputs: [{ value: input, place: lowering.quads(input) }],
    spec: ([x], y) => ({ x, y, rows, columns }),
    weightBytes: bytesOf(rows, columns),
  });
}
