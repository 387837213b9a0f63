/** The steps that bring a value from one layout into another: each is a copy, and says why. */
import type { Value } from "../../graph/graph.ts";
import { stridesOf } from "../../graph/tensor.ts";
import { map } from "../../shaders/elementwise/map.ts";
import type { MapSpec } from "../../shaders/elementwise/map.ts";
import { flatToQuads } from "../../shaders/layout/flat-to-quads.ts";
import type { FlatToQuadsSpec } from "../../shaders/layout/flat-to-quads.ts";
import { quadsToFlat } from "../../shaders/layout/quads-to-flat.ts";
import type { QuadsToFlatSpec } from "../../shaders/layout/quads-to-flat.ts";
import { stridedCopy } from "../../shaders/layout/strided-copy.ts";
import type { StridedCopySpec } from "../../shaders/layout/strided-copy.ts";
import type { FlatPlace, FragmentedPlace, QuadsPlace, TensorTable } from "../storage.ts";
import { readsOf } from "./step.ts";
import type { NewStep } from "./step.ts";
import { mergeAxes, quadsStrides } from "./views.ts";

export function fragmentsToQuads(
  tensors: TensorTable,
  value: Value,
  from: FragmentedPlace,
  to: QuadsPlace,
): NewStep<MapSpec> {
  return {
    name: value.name,
    shape: value.shape,
    kernel: map,
    spec: { x: tensors.read(from), y: tensors.quads(to) },
    reads: readsOf(value, from),
    writes: [{ value: value.name, storage: to.storage, place: to }],
    copy: `"${value.name}" lies in ${from.fragments.length} pieces, its reader wants one`,
  };
}

/** The rows are strided; axes that the quads have more than the value are leading ones of size 1. */
export function rowsToQuads(
  tensors: TensorTable,
  value: Value,
  from: FlatPlace,
  to: QuadsPlace,
  copy: string,
): NewStep<FlatToQuadsSpec> {
  const leading = new Array<number>(Math.max(0, to.axes.length - value.shape.length)).fill(0);
  const [image, channel, row, column] = quadsStrides([...leading, ...from.strides], to.axes);
  return {
    name: value.name,
    shape: value.shape,
    kernel: flatToQuads,
    spec: {
      x: tensors.flat(from.storage, value.shape, from.start),
      y: tensors.quads(to),
      strides: { image, channel, row, column },
    },
    reads: [{ value: value.name, storage: from.storage }],
    writes: [{ value: value.name, storage: to.storage, place: to }],
    copy,
  };
}

export function quadsToRows(
  tensors: TensorTable,
  { name, shape }: Value,
  from: QuadsPlace,
  to: FlatPlace,
): NewStep<QuadsToFlatSpec> {
  const [image, channel, row, column] = quadsStrides(stridesOf(shape), from.axes);
  return {
    name,
    shape,
    kernel: quadsToFlat,
    spec: {
      x: tensors.quads(from),
      y: tensors.flat(to.storage, shape),
      strides: { image, channel, row, column },
    },
    reads: [{ value: name, storage: from.storage }],
    writes: [{ value: name, storage: to.storage, place: to }],
    copy: `"${name}" is in channel quads, its reader wants it row-major`,
  };
}

/** Part of a flat place: its first element, and the strides of the value there, in f32s. */
export interface RowsSlot {
  readonly place: FlatPlace;
  readonly start: number;
  readonly strides: readonly number[];
}

/** Copies a strided view. */
export function copyRows(
  tensors: TensorTable,
  { name, shape }: Value,
  from: FlatPlace,
  { place, start, strides }: RowsSlot,
  copy: string,
): NewStep<StridedCopySpec> {
  return {
    name,
    shape,
    kernel: stridedCopy,
    spec: {
      x: tensors.flat(from.storage, shape, from.start),
      y: tensors.flat(place.storage, place.shape, start),
      xStart: 0,
      yStart: 0,
      ...mergeAxes(shape, from.strides, strides),
    },
    reads: [{ value: name, storage: from.storage }],
    writes: [{ value: name, storage: place.storage }],
    copy,
  };
}
