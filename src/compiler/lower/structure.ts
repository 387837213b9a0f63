/** Lowers the operators that move elements: views where the layout allows it, copies where not. */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { normalizeAxis } from "../../graph/tensor.ts";
import { copyChannels } from "../../shaders/layout/copy-channels.ts";
import type { Group } from "../fusion.ts";
import type { Place, QuadsPlace } from "../storage.ts";
import type { Lowering } from "./lowering.ts";

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
