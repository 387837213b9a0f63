/** Decides where the inputs and outputs of a model lie, for the host and for GPU buffers. */
import type { Graph, GraphOutput, Value } from "../graph/graph.ts";
import { sizeOf, stridesOf } from "../graph/tensor.ts";
import type { DataType } from "../graph/tensor.ts";
import { flatToQuads } from "../shaders/layout/flat-to-quads.ts";
import type { FlatToQuadsSpec } from "../shaders/layout/flat-to-quads.ts";
import { quadsToFlat } from "../shaders/layout/quads-to-flat.ts";
import type { Quads } from "../shaders/spec.ts";
import { isContiguous, quadsStrides } from "./lower/views.ts";
import type { Lowering } from "./lower/lowering.ts";
import type { Step } from "./lower/step.ts";
import type { FlatPort, Port, QuadsPort } from "./plan.ts";
import type { Storage } from "./storage.ts";

/** Gives each graph input a row-major place that lives from the start. */
export function placeInputs(lowering: Lowering, graph: Graph): void {
  for (const value of graph.inputs) {
    const place = lowering.newFlat(value);
    place.storage.touch(-1);
    lowering.inputStorages.set(place.storage, value);
  }
}

/**
 * An input that only one conversion to quads reads is uploaded in quads by the host: the
 * conversion is then recorded for GPU buffers only.
 */
export function inputPort(lowering: Lowering, value: Value): Port {
  const place = lowering.placeOf(value);
  const { storage } = place;
  const device: FlatPort = { layout: "flat", tensor: lowering.tensors.flat(storage, value.shape) };
  const readers = lowering.steps.filter((step) =>
    step.reads.some((read) => read.storage.root === storage),
  );
  const [reader] = readers;
  const { name, shape, dtype } = value;
  const host = readers.length === 1 ? wholeInput(reader, value) : null;
  // An input that is an output too is read from its row-major place.
  if (!host || storage.last === Infinity) {
    return { name, shape, dtype, host: device, device, image: imagePort(lowering, value, storage) };
  }
  lowering.steps[lowering.steps.indexOf(reader)] = { ...reader, when: "import", port: name };
  reader.writes[0].storage.touch(-1);
  const asImage = isImage(host.tensor) ? { image: host } : {};
  return { name, shape, dtype, host, device, ...asImage };
}

/**
 * The quads that a step fills with all of an input, [N, C, H, W] or [N, H, W, C], in one range; null
 * for a step that takes a part of it, turns it round, or fills a slot of each of several images.
 */
function wholeInput({ kernel, spec, writes }: Step, { shape }: Value): QuadsPort | null {
  if ((kernel as unknown) !== flatToQuads) return null;
  const { y: tensor, strides } = spec as FlatToQuadsSpec;
  const { images, channels, height, width } = tensor;
  if (images > 1 && !writes[0].storage.isRoot) return null;
  const given = [strides.image, strides.channel, strides.row, strides.column] as const;
  const dims = [images, channels, height, width];
  const isWhole = [stridesOf(dims), channelsLast(dims)].some((expected) =>
    dims.every((size, axis) => size === 1 || given[axis] === expected[axis]),
  );
  if (!isWhole || sizeOf(dims) !== sizeOf(shape)) return null;
  return { layout: "quads", tensor, start: 0, strides: given };
}

/** Strides of n, c, h and w in a tensor [N, H, W, C]. */
function channelsLast([, channels, height, width]: readonly number[]): number[] {
  return [height * width * channels, 1, width * channels, channels];
}

function isImage({ channels }: Quads): boolean {
  return channels === 1 || channels === 3;
}

/**
 * Where images are prepared that the graph reads row-major: a step brings them there. Undefined when
 * the input is not [N, C, H, W] or [N, H, W, C] with 1 or 3 channels.
 */
function imagePort(lowering: Lowering, value: Value, storage: Storage): QuadsPort | undefined {
  const { name, shape } = value;
  const axes = [
    [0, 1, 2, 3],
    [0, 2, 3, 1],
  ].find((order) => shape.length === 4 && [1, 3].includes(shape[order.indexOf(1)]));
  if (!axes) return undefined;
  const dims = [0, 1, 2, 3].map((axis) => shape[axes.indexOf(axis)]);
  const place = lowering.allocateQuads(`${name} image`, [dims[0], dims[1], dims[2], dims[3]], axes);
  const tensor = lowering.tensors.quads(place);
  const [image, channel, row, column] = quadsStrides(stridesOf(shape), axes);
  lowering.emitFirst({
    name,
    shape,
    when: "image",
    port: name,
    kernel: quadsToFlat,
    spec: {
      x: tensor,
      y: lowering.tensors.flat(storage, shape),
      strides: { image, channel, row, column },
    },
    reads: [{ value: name, storage: place.storage }],
    writes: [{ value: name, storage }],
    copy: "the input is row-major",
  });
  return { layout: "quads", tensor, start: 0, strides: [image, channel, row, column] };
}

/**
 * An output in quads is read back as it is; a step makes it row-major for GPU buffers only. `dtype`
 * is that of the graph as it was given: passes drop casts between types that are all kept as f32.
 */
export function outputPort(
  lowering: Lowering,
  { name, value }: GraphOutput,
  dtype: DataType,
): Port {
  const place = lowering.placeOf(value);
  const { shape } = value;
  const keep = (storage: Storage): void => storage.touch(Infinity);
  if (place.layout === "flat") {
    const flat = isContiguous(place) && place.start % 4 === 0 ? place : lowering.contiguous(value);
    keep(flat.storage);
    const tensor = lowering.tensors.flat(flat.storage, shape, flat.start);
    const port: FlatPort = { layout: "flat", tensor };
    return { name, shape, dtype, host: port, device: port };
  }
  keep(place.storage);
  const strides = quadsStrides(stridesOf(shape), place.axes);
  const host: QuadsPort = {
    layout: "quads",
    tensor: lowering.tensors.quads(place),
    start: 0,
    strides,
  };
  if (place.dims[0] === 1 && place.dims[2] * place.dims[3] === 1) {
    const tensor = lowering.tensors.flat(place.storage, shape, place.start * 4);
    const port: FlatPort = { layout: "flat", tensor };
    return { name, shape, dtype, host: port, device: port };
  }
  const flat = lowering.allocateFlat(`${name} row-major`, shape);
  // It is copied to the buffer after the last dispatch.
  keep(flat.storage);
  const tensor = lowering.tensors.flat(flat.storage, shape);
  const [image, channel, row, column] = strides;
  lowering.emit({
    name,
    shape,
    when: "export",
    port: name,
    kernel: quadsToFlat,
    spec: { x: host.tensor, y: tensor, strides: { image, channel, row, column } },
    reads: [{ value: name, storage: place.storage }],
    writes: [{ value: name, storage: flat.storage }],
    copy: "GPU buffers are row-major",
  });
  return { name, shape, dtype, host, device: { layout: "flat", tensor } };
}
