/** Lowers concatenations: pieces that producers have written side by side, or that readers find by a table. */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { normalizeAxis } from "../../graph/tensor.ts";
import { quadsOf } from "../../shaders/spec.ts";
import type { Group } from "../fusions/fusion.ts";
import { quadsAxes, quadsDims } from "../place.ts";
import type { Fragment, QuadsPlace, ReadPlace, Storage } from "../storage.ts";
import { copyRows } from "./conversions.ts";
import { emitCopyChannels } from "./structure.ts";
import type { Lowering } from "./lowering.ts";

export function lowerConcat(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "concat")) return;
  const inputs = core.inputs as Value[];
  const [y] = core.outputs;
  const axis = normalizeAxis(core.attributes.axis, y.shape.length, "concat");
  const axes = quadsAxes(y.shape.length);
  const anyQuads = inputs.some((value) => !value.constant && lowering.liesInQuads(value));
  const isChannels = quadsDims(y.shape) !== null && axes[axis] === 1 && y.shape.length !== 1;
  if (isChannels && (anyQuads || y.shape.length === 4)) concatQuads(lowering, core, inputs, y);
  else concatFlat(lowering, inputs, y, axis);
}

function concatQuads(lowering: Lowering, node: Node, inputs: readonly Value[], y: Value): void {
  const isAligned = inputs.slice(0, -1).every(({ shape }) => shape[1] % 4 === 0);
  if (!isAligned || !lowering.context.switches.view) return copyPieces(lowering, node, inputs, y);
  const dims = quadsDims(y.shape)!;
  const axes = quadsAxes(y.shape.length);
  const area = dims[2] * dims[3];
  const pieces = inputs.flatMap((value) => fragmentsOf(lowering.read(value)));
  const fragments = joinNeighbours(pieces, area);
  const single = fragments.length === 1 ? fragments[0] : putSideBySide(lowering, fragments, area);
  if (single) {
    const { storage, start } = single;
    lowering.setPlace(y, { layout: "quads", storage, start, dims, axes });
  } else lowering.setFragments(y, { layout: "fragments", fragments, dims, axes });
}

function fragmentsOf(place: ReadPlace): readonly Fragment[] {
  if (place.layout === "fragments") return place.fragments;
  const { storage, start, dims } = place;
  return [{ storage, start, quads: quadsOf(dims[1]) }];
}

/** Fragments that lie one after the other become one. */
function joinNeighbours(fragments: readonly Fragment[], area: number): Fragment[] {
  const joined: Fragment[] = [];
  for (const fragment of fragments) {
    const last = joined.at(-1);
    const follows = last && startOf(last) + last.quads * area === startOf(fragment);
    if (follows && last.storage.root === fragment.storage.root) {
      joined[joined.length - 1] = { ...last, quads: last.quads + fragment.quads };
    } else joined.push(fragment);
  }
  return joined;
}

/** vec4s from the start of its root. */
function startOf({ storage, start }: Fragment): number {
  return storage.startInRoot + start;
}

/**
 * Makes one storage of those in which the fragments lie, so that they follow each other; null where
 * they cannot: all but the first must begin their storage, all but the last must end it.
 */
function putSideBySide(
  lowering: Lowering,
  fragments: readonly Fragment[],
  area: number,
): Fragment | null {
  const roots = fragments.map(({ storage }) => storage.root);
  const fits = fragments.every((fragment, i) => {
    const root = roots[i];
    const begins = i === 0 || startOf(fragment) === 0;
    const end = startOf(fragment) + fragment.quads * area;
    const ends = i === fragments.length - 1 || end === root.imageStride;
    return begins && ends && isMovable(lowering, root) && roots.indexOf(root) === i;
  });
  const [first] = fragments;
  const images = roots[0].size / roots[0].imageStride;
  if (!fits || roots.some(({ size, imageStride }) => size / imageStride !== images)) return null;
  const start = startOf(first);
  const stride = roots.reduce((sum, { imageStride }) => sum + imageStride, 0);
  const whole = lowering.newStorage(roots[0].name, images * stride, stride);
  let delta = 0;
  for (const root of roots) {
    const { imageStride } = root;
    root.placeIn(whole, delta);
    delta += imageStride;
  }
  const quads = fragments.reduce((sum, fragment) => sum + fragment.quads, 0);
  return { storage: whole, start, quads };
}

/** Inputs are filled by the host, row-major storages have no images to put side by side. */
function isMovable(lowering: Lowering, root: Storage): boolean {
  return root.isQuads && !lowering.inputStorages.has(root);
}

/** Where pieces do not all end on quads: those that lie on quads stay, the others are moved. */
function copyPieces(lowering: Lowering, node: Node, inputs: readonly Value[], y: Value): void {
  const places: QuadsPlace[] = inputs.map((value) => lowering.quads(value));
  const whole = lowering.newQuads(y);
  const area = whole.dims[2] * whole.dims[3];
  let channel = 0;
  places.forEach((place, i) => {
    const count = place.dims[1];
    const isLast = i === places.length - 1;
    const why = whyMoved(lowering, place, channel, isLast || count % 4 === 0);
    if (why === null) place.storage.placeIn(whole.storage, (channel / 4) * area);
    else {
      const copy = { from: 0, to: channel, count, step: 1, clear: isLast };
      emitCopyChannels(lowering, node, place, whole, copy, `"${inputs[i].name}": ${why}`);
    }
    channel += count;
  });
}

function whyMoved(
  lowering: Lowering,
  { storage, start, dims }: QuadsPlace,
  channel: number,
  endsOnQuad: boolean,
): string | null {
  if (!lowering.context.switches.view) return "views are switched off";
  if (channel % 4 !== 0) return `its slot begins at channel ${channel}, not on a quad`;
  if (!endsOnQuad) return `its ${dims[1]} channels do not end on a quad, and others follow`;
  if (lowering.inputStorages.has(storage)) return "it is an input of the model";
  const isAlone = storage.isRoot && storage.isQuads && start === 0;
  const isWhole = storage.imageStride === quadsOf(dims[1]) * dims[2] * dims[3];
  return isAlone && isWhole ? null : "it is a part of another tensor";
}

function concatFlat(lowering: Lowering, inputs: readonly Value[], y: Value, axis: number): void {
  const places = inputs.map((value) => lowering.flat(value));
  const whole = lowering.newFlat(y);
  let start = 0;
  places.forEach((place, i) => {
    const why = `"${inputs[i].name}" is row-major and has its slot in "${y.name}"`;
    const slot = { place: whole, start, strides: whole.strides };
    lowering.emit(copyRows(lowering.tensors, inputs[i], place, slot, why));
    start += inputs[i].shape[axis] * whole.strides[axis];
  });
}
