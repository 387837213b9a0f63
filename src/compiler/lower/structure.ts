/** Lowers the operators that move elements: views where the layout allows it, copies where not. */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { normalizeAxis, sameShape, stridesOf } from "../../graph/tensor.ts";
import { copyChannels } from "../../shaders/layout/copy-channels.ts";
import type { Group } from "../fusion.ts";
import { quadsAxes, quadsDims } from "../place.ts";
import { type Storage } from "../storage.ts";
import type { Place, QuadsPlace } from "../storage.ts";
import { broadcastView, isContiguous } from "./views.ts";
import type { Lowering } from "./lowering.ts";

export function lowerReshape(lowering: Lowering, { core }: Group): void {
  const [x] = core.inputs as Value[];
  const [y] = core.outputs;
  const place = lowering.placeOf(x);
  const dims = quadsDims(y.shape);
  if (place.layout === "quads" && dims && place.axes.join() === quadsAxes(x.shape.length).join()) {
    if (sameShape(dims, place.dims)) {
      return lowering.setPlace(y, { ...place, axes: quadsAxes(y.shape.length) });
    }
  }
  const flat = place.layout === "flat" && isContiguous(place) ? place : lowering.contiguous(x);
  lowering.setPlace(y, { ...flat, shape: y.shape, strides: stridesOf(y.shape) });
}

export function lowerTranspose(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "transpose")) return;
  const [x] = core.inputs as Value[];
  const [y] = core.outputs;
  const { perm } = core.attributes;
  const place = lowering.placeOf(x);
  const permuted = <T>(list: readonly T[]): T[] => perm.map((axis) => list[axis]);
  const view: Place =
    place.layout === "quads"
      ? { ...place, axes: permuted(place.axes) }
      : { ...place, shape: y.shape, strides: permuted(place.strides) };
  lowering.setPlace(y, view);
}

export function lowerExpand(lowering: Lowering, { core }: Group): void {
  const [x] = core.inputs as Value[];
  const [y] = core.outputs;
  lowering.setPlace(y, broadcastView(lowering.flat(x), y.shape));
}

export function lowerSlice(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "slice")) return;
  const [x] = core.inputs as Value[];
  const [y] = core.outputs;
  const place = lowering.placeOf(x);
  const channels = place.layout === "quads" ? channelSlice(core, place) : null;
  if (place.layout === "quads" && channels) {
    if (!sliceView(lowering, y, place, channels)) copySlice(lowering, core, place, channels);
    return;
  }
  const flat = lowering.flat(x);
  let { start } = flat;
  const strides = [...flat.strides];
  core.attributes.axes.forEach((axis, i) => {
    const at = normalizeAxis(axis, x.shape.length, "slice");
    start += core.attributes.starts[i] * flat.strides[at];
    strides[at] = flat.strides[at] * core.attributes.steps[i];
  });
  lowering.setPlace(y, { ...flat, start, strides, shape: y.shape });
}

interface ChannelSlice {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** The slice as one of channels only; null if it cuts another axis, or walks backwards. */
function channelSlice(
  node: Extract<Node, { op: "slice" }>,
  place: QuadsPlace,
): ChannelSlice | null {
  const { axes, starts, sizes, steps } = node.attributes;
  const { shape } = node.inputs[0]!;
  let slice: ChannelSlice = { start: 0, count: place.dims[1], step: 1 };
  for (let i = 0; i < axes.length; i++) {
    const axis = normalizeAxis(axes[i], shape.length, "slice");
    if (place.axes[axis] === 1) slice = { start: starts[i], count: sizes[i], step: steps[i] };
    else if (starts[i] !== 0 || sizes[i] !== shape[axis] || steps[i] !== 1) return null;
  }
  return slice.step > 0 && slice.count > 0 ? slice : null;
}

/** Whole quads of x are a view. */
function sliceView(
  lowering: Lowering,
  y: Value,
  place: QuadsPlace,
  { start, count, step }: ChannelSlice,
): boolean {
  if (!lowering.context.switches.view || step !== 1 || start % 4 !== 0) return false;
  const [images, , height, width] = place.dims;
  const delta = place.start + (start / 4) * height * width;
  lowering.setPlace(y, { ...place, start: delta, dims: [images, count, height, width] });
  return true;
}

function copySlice(
  lowering: Lowering,
  node: Node,
  place: QuadsPlace,
  { start, count, step }: ChannelSlice,
): void {
  const [y] = node.outputs;
  const [images, , height, width] = place.dims;
  const to = lowering.allocateQuads(y.name, [images, count, height, width], place.axes);
  lowering.setPlace(y, to);
  emitCopyChannels(
    lowering,
    node,
    place,
    to,
    { from: start, to: 0, count, step, clear: true },
    `the slice begins at channel ${start}${step > 1 ? ` with step ${step}` : ""}, not on a quad`,
  );
}

interface ChannelCopy {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly step: number;
  readonly clear: boolean;
}

export function emitCopyChannels(
  lowering: Lowering,
  node: Node,
  from: QuadsPlace,
  to: QuadsPlace,
  copy: ChannelCopy,
  why: string,
): void {
  const [y] = node.outputs;
  lowering.emit({
    name: node.name,
    shape: y.shape,
    kernel: copyChannels,
    spec: { x: lowering.tensors.quads(from), y: lowering.tensors.quads(to), ...copy },
    reads: [{ value: y.name, storage: from.storage }],
    writes: [{ value: y.name, storage: to.storage }],
    copy: why,
  });
}

export function lowerConcat(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "concat")) return;
  const inputs = core.inputs as Value[];
  const [y] = core.outputs;
  const axis = normalizeAxis(core.attributes.axis, y.shape.length, "concat");
  const axes = quadsAxes(y.shape.length);
  const anyQuads = inputs.some(
    (value) => !value.constant && lowering.placeOf(value).layout === "quads",
  );
  const isChannels = quadsDims(y.shape) !== null && axes[axis] === 1 && y.shape.length !== 1;
  if (isChannels && (anyQuads || y.shape.length === 4)) concatQuads(lowering, core, inputs, y);
  else concatFlat(lowering, inputs, y, axis);
}

/** Producers write into their slots; a piece that cannot move, or is not on a quad, is copied. */
function concatQuads(lowering: Lowering, node: Node, inputs: readonly Value[], y: Value): void {
  const places = inputs.map((value) => lowering.quads(value));
  const around = tensorsAround(lowering, places);
  const whole = newQuadsWithin(lowering, y, around);
  const [, , height, width] = whole.dims;
  const placed = new Set<Storage>();
  let channel = 0;
  places.forEach((place, i) => {
    const count = place.dims[1];
    const isLast = i === places.length - 1;
    const start = whole.start + (channel / 4) * height * width;
    const isPart = (i === 0 && around.before > 0) || (isLast && around.after > 0);
    const reason = isPart
      ? null
      : whyNotInPlace(lowering, place, channel, placed, isLast || count % 4 === 0);
    if (reason === null) {
      placed.add(place.storage);
      place.storage.placeIn(whole.storage, start - place.start);
    } else {
      const copy = { from: 0, to: channel, count, step: 1, clear: isLast };
      emitCopyChannels(lowering, node, place, whole, copy, `"${inputs[i].name}": ${reason}`);
    }
    channel += count;
  });
}

/** vec4s of an image that lie before and after a concatenation, in the tensors that reach into it. */
interface Around {
  readonly before: number;
  readonly after: number;
}

/**
 * The first piece may be the end of a larger tensor, or the last piece the beginning of one: the
 * concatenation then continues that tensor.
 */
function tensorsAround(lowering: Lowering, places: readonly QuadsPlace[]): Around {
  const [first, last] = [places[0], places[places.length - 1]];
  const counts = places.map(({ dims }) => dims[1]);
  const isPart = ({ storage, dims }: QuadsPlace): boolean =>
    lowering.context.switches.view &&
    storage.isRoot &&
    !lowering.inputStorages.has(storage) &&
    storage.size === dims[0] * storage.imageStride &&
    storage.size > imagesSize(dims);
  const isAligned = counts.slice(0, -1).every((count) => count % 4 === 0);
  if (!isAligned || places.length === 1) return { before: 0, after: 0 };
  const isOther = (piece: QuadsPlace): boolean =>
    places.filter(({ storage }) => storage === piece.storage).length === 1;
  const size = (piece: QuadsPlace): number => imagesSize(piece.dims) / piece.dims[0];
  const endsIt = isPart(first) && first.start + size(first) === first.storage.imageStride;
  const beginsIt = isPart(last) && last.start === 0;
  return {
    before: endsIt && isOther(first) ? first.start : 0,
    after: beginsIt && isOther(last) ? last.storage.imageStride - size(last) : 0,
  };
}

/** A fresh place in quads with room around each image. */
function newQuadsWithin(lowering: Lowering, value: Value, { before, after }: Around): QuadsPlace {
  if (before + after === 0) return lowering.newQuads(value);
  const dims = quadsDims(value.shape)!;
  const stride = before + imagesSize(dims) / dims[0] + after;
  const storage = lowering.newStorage(value.name, dims[0] * stride, stride);
  const axes = quadsAxes(value.shape.length);
  const place: QuadsPlace = { layout: "quads", storage, start: before, dims, axes };
  lowering.setPlace(value, place);
  return place;
}

/** vec4s of a tensor that has its storage for itself. */
function imagesSize([images, channels, height, width]: QuadsPlace["dims"]): number {
  return images * Math.ceil(channels / 4) * height * width;
}

function whyNotInPlace(
  lowering: Lowering,
  place: QuadsPlace,
  channel: number,
  placed: ReadonlySet<Storage>,
  endsOnQuad: boolean,
): string | null {
  const { storage, start } = place;
  if (!lowering.context.switches.view) return "views are switched off";
  if (channel % 4 !== 0) return `its slot begins at channel ${channel}, not on a quad`;
  if (!endsOnQuad) return `its ${place.dims[1]} channels do not end on a quad, and others follow`;
  if (!storage.isRoot || start !== 0 || placed.has(storage))
    return "it lies in another tensor already";
  if (lowering.inputStorages.has(storage)) return "it is an input of the model";
  if (storage.size !== place.dims[0] * storage.imageStride || !coversStorage(place)) {
    return "it is a part of a larger tensor";
  }
  return null;
}

/** Whether a place is all of its storage. */
function coversStorage({ storage, dims }: QuadsPlace): boolean {
  return storage.size === imagesSize(dims);
}

function concatFlat(lowering: Lowering, inputs: readonly Value[], y: Value, axis: number): void {
  const places = inputs.map((value) => lowering.flat(value));
  const whole = lowering.newFlat(y);
  let start = 0;
  places.forEach((place, i) => {
    const why = `"${inputs[i].name}" is row-major and has its slot in "${y.name}"`;
    lowering.emitStridedCopy(inputs[i], place, whole, start, whole.strides, why);
    start += inputs[i].shape[axis] * whole.strides[axis];
  });
}
