/** Lowers the operators that compute: convolutions, pools, element-wise maps. */
import { GraphError } from "../../graph/errors.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { resizeTaps } from "../../graph/resize-coordinates.ts";
import { macsOf } from "../../graph/statistics.ts";
import { sameShape, sizeOf } from "../../graph/tensor.ts";
import { depthwise } from "../../shaders/conv/depthwise.ts";
import { depthwiseRows } from "../../shaders/conv/depthwise-rows.ts";
import { direct } from "../../shaders/conv/direct.ts";
import { grouped, packGrouped } from "../../shaders/conv/grouped.ts";
import { pointwise } from "../../shaders/conv/pointwise.ts";
import { packBias, packBlocks, packDepthwise } from "../../shaders/conv/weights.ts";
import { map } from "../../shaders/elementwise/map.ts";
import { where } from "../../shaders/elementwise/where.ts";
import type { Kernel } from "../../shaders/kernel.ts";
import { linear, packLinear } from "../../shaders/linear/linear.ts";
import { averagePool } from "../../shaders/pool/average.ts";
import { maxPool } from "../../shaders/pool/max.ts";
import { globalAverage } from "../../shaders/reduce/global-average.ts";
import { packTaps, resize } from "../../shaders/resize/resize.ts";
import type { Packed, Quads } from "../../shaders/spec.ts";
import { asFunctions, isElementwise } from "../fusion.ts";
import type { FusedNode, Group } from "../fusion.ts";
import { quadsDims, walksInQuads } from "../place.ts";
import {
  groupQuadsOf,
  selectConvolution,
  selectDepthwiseTile,
  selectStrip,
  selectTile,
  walksRows,
} from "../select.ts";
import type { QuadsPlace } from "../storage.ts";
import { lowerStages, nodeNames } from "./fused.ts";
import { nameOf } from "./lowering.ts";
import type { Lowering } from "./lowering.ts";

interface Computation<Spec> {
  readonly group: Group;
  readonly kernel: Kernel<Spec>;
  /** Values that the core reads from the arena, and the places where it finds them. */
  readonly inputs: readonly { readonly value: Value; readonly place: QuadsPlace }[];
  spec(x: Quads[], y: Quads): Spec;
  readonly weightBytes?: number;
}

/** Emits the step of a kernel that reads and writes quads, with its stages. */
function emitComputation<Spec>(lowering: Lowering, computation: Computation<Spec>): void {
  const { group, kernel, inputs, weightBytes = 0 } = computation;
  const { core, load, store, output } = group;
  const x = inputs.map(({ place }) => lowering.tensors.quads(place));
  const onLoad = lowerStages(lowering, load, x[0], inputs[0].value.shape);
  // Operands are converted before y is allocated: y is written last.
  const dims = quadsDims(output.shape)!;
  const sizes = { images: dims[0], channels: dims[1], height: dims[2], width: dims[3] };
  const onStore = lowerStages(
    lowering,
    store,
    { offset: 0, imageStride: 0, ...sizes },
    output.shape,
  );
  const place = lowering.newQuads(output);
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel,
    spec: computation.spec(x, lowering.tensors.quads(place)),
    stages: { load_x: onLoad.makers, store_y: onStore.makers },
    fused: { load_x: onLoad.names, store_y: onStore.names },
    reads: [
      ...inputs.map(({ value, place: { storage } }) => ({ value: value.name, storage })),
      ...onLoad.reads,
      ...onStore.reads,
    ],
    writes: [{ value: output.name, storage: place.storage, place }],
    weightBytes,
    macs: macsOf(core),
  });
}

function bytesOf(...packs: readonly Packed[]): number {
  return packs.reduce((sum, { data }) => sum + data.byteLength, 0);
}

/** The constant at an input. @throws GraphError when it is computed during the run. */
function constantOf(
  node: Node,
  index: number,
): { data: Float32Array; source: unknown; shape: readonly number[] } {
  const value = node.inputs[index];
  if (!value?.constant) {
    throw new GraphError(
      `${nameOf(node)}: input ${index} "${value?.name}" is not constant; weights must be known when the model is compiled`,
    );
  }
  const { data, shape } = value.constant;
  return { data: data as Float32Array, source: value.constant, shape };
}

export function lowerConv2d(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "conv2d")) return;
  const input = group.load[0]?.main ?? node.inputs[0]!;
  const place = lowering.quads(input);
  const weight = constantOf(node, 1);
  const { attributes } = node;
  const y = group.output.shape;
  const choice = selectConvolution({ x: input.shape, y, weight: weight.shape, attributes });
  const bias = packBiasOf(lowering, node, y[1]);
  const pack = (
    kind: string,
    make: (data: Float32Array, shape: readonly number[]) => Packed,
  ): Packed => lowering.pack(weight.source, kind, () => make(weight.data, weight.shape));
  const kernel = [weight.shape[2], weight.shape[3]] as const;
  const common = { group, inputs: [{ value: input, place }] };
  const { device } = lowering.context;
  const area = y[2] * y[3];
  switch (choice) {
    case "linear": {
      const packed = pack("linear", packLinear);
      const spec = (x: Quads[], out: Quads) => ({ x: x[0], y: out, weight: packed, bias });
      return emitComputation(lowering, {
        ...common,
        kernel: linear,
        spec,
        weightBytes: bytesOf(packed, bias),
      });
    }
    case "pointwise": {
      const packed = pack("blocks", packBlocks);
      const tile = selectTile(area, groupQuadsOf(y[1], 1), device);
      const spec = (x: Quads[], out: Quads) => ({ x: x[0], y: out, weight: packed, bias, tile });
      return emitComputation(lowering, {
        ...common,
        kernel: pointwise,
        spec,
        weightBytes: bytesOf(packed, bias),
      });
    }
    case "depthwise": {
      const packed = pack("depthwise", packDepthwise);
      const strip = selectStrip(y, device);
      const walks = walksRows(kernel, attributes, strip);
      const tile = walks ? strip : selectDepthwiseTile(y, kernel, device);
      const spec = (x: Quads[], out: Quads) => ({
        x: x[0],
        y: out,
        weight: packed,
        bias,
        kernel,
        attributes,
        tile,
      });
      const chosen = walks ? depthwiseRows : depthwise;
      return emitComputation(lowering, {
        ...common,
        kernel: chosen,
        spec,
        weightBytes: bytesOf(packed, bias),
      });
    }
    case "direct": {
      const packed = pack("blocks", packBlocks);
      const tile = selectTile(area, groupQuadsOf(y[1], attributes.groups), device);
      const spec = (x: Quads[], out: Quads) => ({
        x: x[0],
        y: out,
        weight: packed,
        bias,
        kernel,
        attributes,
        tile,
      });
      return emitComputation(lowering, {
        ...common,
        kernel: direct,
        spec,
        weightBytes: bytesOf(packed, bias),
      });
    }
    case "grouped": {
      const packed = pack("grouped", packGrouped);
      const spec = (x: Quads[], out: Quads) => ({
        x: x[0],
        y: out,
        weight: packed,
        bias,
        kernel,
        attributes,
      });
      return emitComputation(lowering, {
        ...common,
        kernel: grouped,
        spec,
        weightBytes: bytesOf(packed, bias),
      });
    }
  }
}

function packBiasOf(lowering: Lowering, node: Node, channels: number): Packed {
  const bias = node.inputs[2] ? constantOf(node, 2) : null;
  return bias
    ? lowering.pack(bias.source, "bias", () => packBias(bias.data, channels))
    : lowering.addWeights(packBias(null, channels));
}

export function lowerLinear(lowering: Lowering, group: Group): void {
  const node = group.core;
  const input = node.inputs[0]!;
  const weight = constantOf(node, 1);
  const packed = lowering.pack(weight.source, "linear", () =>
    packLinear(weight.data, weight.shape),
  );
  const bias = packBiasOf(lowering, node, group.output.shape[1]);
  emitComputation(lowering, {
    group,
    kernel: linear,
    inputs: [{ value: input, place: lowering.quads(input) }],
    spec: ([x], y) => ({ x, y, weight: packed, bias }),
    weightBytes: bytesOf(packed, bias),
  });
}

export function lowerPool(lowering: Lowering, group: Group): void {
  const node = group.core;
  const input = node.inputs[0]!;
  const inputs = [{ value: input, place: lowering.quads(input) }];
  if (isOp(node, "maxPool2d")) {
    const { attributes } = node;
    emitComputation(lowering, {
      group,
      kernel: maxPool,
      inputs,
      spec: ([x], y) => ({ x, y, attributes }),
    });
  } else if (isOp(node, "averagePool2d")) {
    const { attributes } = node;
    emitComputation(lowering, {
      group,
      kernel: averagePool,
      inputs,
      spec: ([x], y) => ({ x, y, attributes }),
    });
  } else {
    emitComputation(lowering, {
      group,
      kernel: globalAverage,
      inputs,
      spec: ([x], y) => ({ x, y }),
    });
  }
}

export function lowerResize(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "resize")) return;
  const input = node.inputs[0]!;
  const { attributes } = node;
  const taps = (axis: 0 | 1): Packed =>
    lowering.addWeights(
      packTaps(resizeTaps(input.shape[2 + axis], attributes.size[axis], attributes, axis)),
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

/** An element-wise node that nothing else computes along with it. */
export function lowerElementwise(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isElementwise(node)) return;
  const first = chooseMain(group);
  const all = { ...group, store: [first, ...group.store] };
  if (livesInQuads(lowering, first, all)) {
    const rank = group.output.shape.length;
    const place = lowering.quads(first.main, rank);
    emitComputation(lowering, {
      group: all,
      kernel: map,
      inputs: [{ value: first.main, place }],
      spec: ([x], y) => ({ x, y }),
    });
  } else {
    emitFlatMap(lowering, all, first.main);
  }
}

/** The operand to start from: one of the shape of y, or the greatest that is not constant. */
function chooseMain({ core }: Group): FusedNode {
  const node = core as FusedNode["node"];
  const [way] = asFunctions(node);
  if (way) return way;
  const [a, b = null] = node.inputs;
  const bFirst =
    b !== null && (a!.constant !== null || (!b.constant && sizeOf(b.shape) > sizeOf(a!.shape)));
  return bFirst
    ? { node, main: b, operand: a!, reversed: true }
    : { node, main: a!, operand: b, reversed: false };
}

/** Whether a map works on quads: its input lies in quads, or must because of how operands broadcast. */
function livesInQuads(lowering: Lowering, { main }: FusedNode, { store, output }: Group): boolean {
  const { shape } = output;
  if (!quadsDims(shape) || !walksInQuads(main.shape, shape)) return false;
  const operands = store.flatMap(({ operand }) => (operand ? [operand] : []));
  if (!operands.every((operand) => walksInQuads(operand.shape, shape))) return false;
  const place = lowering.placeOf(main);
  if (place.layout === "quads") return true;
  if (shape.length !== 4) return false;
  const isInput = lowering.inputStorages.has(place.storage);
  return (
    isInput ||
    !operands.every((operand) => sizeOf(operand.shape) === 1 || sameShape(operand.shape, shape))
  );
}

/** A map over row-major tensors, seen as one row of quads. */
function emitFlatMap(lowering: Lowering, group: Group, main: Value): void {
  const { core, store, output } = group;
  const size = sizeOf(output.shape);
  const place = sameShape(main.shape, output.shape)
    ? lowering.contiguous(main)
    : lowering.expanded(main, output.shape);
  const x = lowering.tensors.flatAsQuads(place.storage, size, place.start);
  const shape = { offset: 0, images: 1, channels: Math.min(4, size), height: 1, width: x.width };
  const stages = lowerStages(
    lowering,
    store,
    { ...shape, imageStride: x.width },
    output.shape,
    true,
  );
  const to = lowering.newFlat(output);
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel: map,
    spec: { x, y: lowering.tensors.flatAsQuads(to.storage, size) },
    stages: { store_y: stages.makers },
    fused: { store_y: stages.names },
    reads: [{ value: main.name, storage: place.storage }, ...stages.reads],
    writes: [{ value: output.name, storage: to.storage, place: to }],
  });
}

export function lowerWhere(lowering: Lowering, group: Group): void {
  const { output } = group;
  const values = group.core.inputs.map((value) => value!);
  const inQuads = values.every((value) => walksInQuads(value.shape, output.shape));
  if (inQuads && output.shape.length === 4) {
    const inputs = values.map((value) => ({ value, place: lowering.quads(value, 4) }));
    const spec = ([condition, a, b]: Quads[], y: Quads) => ({ condition, a, b, y });
    return emitComputation(lowering, { group, kernel: where, inputs, spec });
  }
  const size = sizeOf(output.shape);
  const places = values.map((value) =>
    sameShape(value.shape, output.shape)
      ? lowering.contiguous(value)
      : lowering.expanded(value, output.shape),
  );
  const [condition, a, b] = places.map(({ storage, start }) =>
    lowering.tensors.flatAsQuads(storage, size, start),
  );
  const to = lowering.newFlat(output);
  lowering.emit({
    name: group.core.name,
    shape: output.shape,
    kernel: where,
    spec: { condition, a, b, y: lowering.tensors.flatAsQuads(to.storage, size) },
    reads: places.map(({ storage }, i) => ({ value: values[i].name, storage })),
    writes: [{ value: output.name, storage: to.storage, place: to }],
  });
}
