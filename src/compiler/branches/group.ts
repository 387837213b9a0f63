/** Finds convolutions that could be one: they read one value, and their outputs are of one size. */
import type { Graph, Node, NodeOf, Value } from "../../graph/graph.ts";
import { consumersOf, isOp, outputValues } from "../../graph/rewrite.ts";

export type Convolution = Extract<Node, { op: "conv2d" }>;

/** A convolution and the activation that alone reads it. */
export interface Branch {
  readonly convolution: Convolution;
  readonly activation: NodeOf<"unary"> | null;
  /** What comes out of the last of them. */
  readonly output: Value;
  /** Its 1x1 kernel is the centre tap of the kernels of the others. */
  readonly isCentre: boolean;
}

/** Groups of at least two; those with `isCentre` come first in each. */
export function groupBranches(graph: Graph): Branch[][] {
  const consumers = consumersOf(graph);
  const outputs = outputValues(graph);
  const alike = new Map<string, Branch[]>();
  for (const node of graph.nodes) {
    const branch = isOp(node, "conv2d") ? branchOf(node, consumers, outputs) : null;
    if (!branch) continue;
    const key = keyOf(branch);
    const known = alike.get(key);
    if (known) known.push(branch);
    else alike.set(key, [branch]);
  }
  return [...alike.values()].flatMap(groupByKernel).filter(({ length }) => length > 1);
}

function branchOf(
  convolution: Convolution,
  consumers: ReadonlyMap<Value, readonly Node[]>,
  outputs: ReadonlySet<Value>,
): Branch | null {
  const [, weight, bias] = convolution.inputs;
  const { groups, branches, equalTaps } = convolution.attributes;
  if (groups !== 1 || branches || equalTaps || !weight?.constant || (bias && !bias.constant))
    return null;
  const onlyReader = (value: Value): Node | null => {
    const readers = consumers.get(value) ?? [];
    return readers.length === 1 && !outputs.has(value) ? readers[0] : null;
  };
  let output = convolution.outputs[0];
  const reader = onlyReader(output);
  const activation = isOp(reader, "unary") ? reader : null;
  if (activation) output = activation.outputs[0];
  // A residual that could ride on the store of its own kernel could not ride on that of all.
  const next = onlyReader(output);
  const ridesOnStore = isOp(next, "unary") || isOp(next, "binary") || isOp(next, "prelu");
  if (ridesOnStore || outputs.has(output)) return null;
  return { convolution, activation, output, isCentre: false };
}

function keyOf({ convolution, activation }: Branch): string {
  const [x, weight] = convolution.inputs;
  const { stride } = convolution.attributes;
  const size = convolution.outputs[0].shape.slice(2);
  return JSON.stringify([x!.id, weight!.dtype, stride, size, activation?.attributes ?? null]);
}

interface Window {
  readonly kernel: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** Padding at the bottom and the right follows from the size of y. */
function windowOf({ convolution }: Branch): Window {
  const [, , height, width] = convolution.inputs[1]!.shape;
  const { padding, dilation } = convolution.attributes;
  const isPoint = height * width === 1;
  return {
    kernel: [height, width],
    padding: padding.slice(0, 2),
    dilation: isPoint ? [1, 1] : dilation,
  };
}

/** Of branches alike: those of one kernel, and 1x1 convolutions with the smallest that holds them. */
function groupByKernel(branches: readonly Branch[]): Branch[][] {
  const byWindow = new Map<string, Branch[]>();
  for (const branch of branches) {
    const key = JSON.stringify(windowOf(branch));
    byWindow.set(key, [...(byWindow.get(key) ?? []), branch]);
  }
  const groups = [...byWindow.values()];
  const area = (group: readonly Branch[]): number => {
    const [height, width] = windowOf(group[0]).kernel;
    return height * width;
  };
  const points = groups.filter((group) => area(group) === 1);
  const others = groups.filter((group) => area(group) > 1).sort((a, b) => area(a) - area(b));
  for (const point of points) {
    const host = others.find((group) => !group[0].isCentre && holdsInCentre(group[0], point[0]));
    if (host) host.unshift(...point.map((branch) => ({ ...branch, isCentre: true })));
    else others.push(point);
  }
  return others;
}

/** Whether the centre tap of one window reads the pixel that a 1x1 convolution reads. */
function holdsInCentre(host: Branch, point: Branch): boolean {
  const { kernel, padding, dilation } = windowOf(host);
  const shift = windowOf(point).padding;
  return [0, 1].every(
    (axis) =>
      kernel[axis] % 2 === 1 &&
      padding[axis] - shift[axis] === (kernel[axis] >> 1) * dilation[axis],
  );
}
