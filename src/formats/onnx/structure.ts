/** Operators that join, cut and pick: Concat, Split, Slice, Pad, Gather, TopK. */
import type { Value } from "../../graph/graph.ts";
import { normalizeAxis } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";

const axisOf = (node: OnnxNode, axis: number, rank: number): number =>
  normalizeAxis(axis, rank, node.where);

/** One run of elements on one axis. */
interface Run {
  readonly axis: number;
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

/** x itself where the runs leave nothing out. */
function slice(node: OnnxNode, x: Value, runs: readonly Run[]): Value {
  const cuts = runs.filter(({ axis, size, step }) => size !== x.shape[axis] || step !== 1);
  if (cuts.length === 0) return x;
  return node.op("slice", [x], {
    axes: cuts.map(({ axis }) => axis),
    starts: cuts.map(({ start }) => start),
    sizes: cuts.map(({ size }) => size),
    steps: cuts.map(({ step }) => step),
  });
}

const concat: Converter = (node) => {
  const values = [...node.inputs.keys()].map((index) => node.input(index));
  const axis = axisOf(node, node.int("axis", 1), node.input(0).shape.length);
  // Exporters join with empty tensors, whose rank may be another.
  const full = values.filter(({ shape }) => !shape.includes(0));
  const parts = full.length ? full : values.slice(0, 1);
  return parts.length === 1 ? parts[0] : node.op("concat", parts, { axis });
};

function splitSizes(node: OnnxNode, total: number): number[] {
  const given = node.intsOrInput("split", 1);
  const sum = given?.reduce((a, b) => a + b, 0) ?? total;
  if (given && (sum !== total || given.some((size) => size < 0))) {
    node.fail(`split sizes ${given.join(", ")} do not add up to the axis of size ${total}`);
  }
  if (given) return given;
  const count = node.int("num_outputs", node.outputs.length);
  if (count < 1 || count > node.outputs.length) {
    node.fail(`num_outputs is ${count}, but the node has ${node.outputs.length} outputs`);
  }
  const each = Math.ceil(total / count);
  const last = total - each * (count - 1);
  if (last < 0 || (node.opset < 18 && last !== each)) {
    node.fail(`an axis of size ${total} does not split into ${count} parts`);
  }
  return Array.from({ length: count }, (_, i) => (i < count - 1 ? each : last));
}

const split: Converter = (node) => {
  const x = node.input(0);
  const axis = axisOf(node, node.int("axis", 0), x.shape.length);
  let start = 0;
  return splitSizes(node, x.shape[axis]).map((size) => {
    start += size;
    return slice(node, x, [{ axis, start: start - size, size, step: 1 }]);
  });
};

/** The elements from `start` to before `end`, counted from the end where negative. */
function runOf(axis: number, length: number, start: number, end: number, step: number): Run {
  const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
  const clip = (at: number, low: number) =>
    Math.min(Math.max(at < 0 ? at + length : at, low), most);
  const first = clip(start, 0);
  const size = Math.max(Math.ceil((clip(end, least) - first) / step), 0);
  return { axis, start: first, size, step };
}

const sliceConverter: Converter = (node) => {
  const x = node.input(0);
  const old = node.opset < 10;
  const starts = old ? node.ints("starts") : node.numbers(1);
  const ends = old ? node.ints("ends") : node.numbers(2);
  const given = starts ?? node.fail("starts are missing");
  const axes = (old ? node.ints("axes", [...given.keys()]) : node.numbers(3)) ?? [...given.keys()];
  const steps = (old ? null : node.numbers(4)) ?? given.map(() => 1);
  const lengths = [given, ends ?? [], axes, steps].map(({ length }) => length);
  if (new Set(lengths).size !== 1) {
    node.fail(`starts, ends, axes, steps have ${lengths.join(", ")} numbers, expected as many`);
  }
  if (steps.includes(0)) node.fail("step 0 is not valid");
  const normal = axes.map((axis) => axisOf(node, axis, x.shape.length));
  if (new Set(normal).size !== normal.length) node.fail(`axes ${axes.join(", ")} repeat`);
  const runs = normal.map((axis, i) =>
    runOf(axis, x.shape[axis], given[i], (ends as number[])[i], steps[i]),
  );
  return slice(node, x, runs);
};

/** Padding before and after every axis; [befores, afters] in the file, maybe of some axes only. */
export function readPads(node: OnnxNode, rank: number): { before: number[]; after: number[] } {
  const pads = node.intsOrInput("pads", 1) ?? node.fail("pads are missing");
  const axes = node.numbers(3) ?? Array.from({ length: rank }, (_, axis) => axis);
  if (pads.length !== 2 * axes.length) {
    node.fail(`pads has ${pads.length} numbers, expected ${2 * axes.length}`);
  }
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    before[axisOf(node, axis, rank)] = pads[i];
    after[axisOf(node, axis, rank)] = pads[axes.length + i];
  });
  return { before, after };
}

/** Negative padding cuts, before the rest is padded. */
const pad: Converter = (node) => {
  const x = node.input(0);
  const mode = node.choice("mode", ["constant", "reflect", "edge"], "constant");
  const value = node.opset < 11 ? node.float("value", 0) : (node.number(2) ?? 0);
  const { before, after } = readPads(node, x.shape.length);
  const runs = x.shape.map((length, axis) => {
    const start = Math.max(-before[axis], 0);
    return { axis, start, size: length - start - Math.max(-after[axis], 0), step: 1 };
  });
  const cut = slice(node, x, runs);
  const natural = (pads: number[]) => pads.map((size) => Math.max(size, 0));
  if (![...before, ...after].some((size) => size > 0)) return cut;
  return node.op("pad", [cut], { before: natural(before), after: natural(after), mode, value });
};

/** One element of an axis is a slice, which often costs nothing. */
const gather: Converter = (node) => {
  const [x, indices] = [node.input(0), node.input(1)];
  const axis = axisOf(node, node.int("axis", 0), x.shape.length);
  const [length, at] = [x.shape[axis], indices.constant?.data[0]];
  if (x.constant || at === undefined || indices.shape.length > 0) {
    return node.op("gather", [x, indices], { axis });
  }
  const start = at < 0 ? at + length : at;
  const one = node.op("slice", [x], { axes: [axis], starts: [start], sizes: [1], steps: [1] });
  return node.reshape(one, x.shape.toSpliced(axis, 1));
};

const topK: Converter = (node) => {
  const x = node.input(0);
  const k = node.opset < 10 ? node.int("k") : node.number(1);
  const axis = axisOf(node, node.int("axis", -1), x.shape.length);
  const largest = node.int("largest", 1) === 1;
  return node.apply("topK", [x], { k: k ?? node.fail("k is missing"), axis, largest });
};

export const structure: Record<string, Converter> = {
  Concat: concat,
  Split: split,
  Slice: sliceConverter,
  Pad: pad,
  Gather: gather,
  TopK: topK,
};
