/**
 * Convolutions of one value with one activation become one convolution, whose weight rows are theirs
 * one below the other, and channel slices of it: Fire's two expansions, the 1x1 convolutions of an
 * Inception module, both halves of a CSP stage. A 1x1 kernel is the centre tap of a larger one.
 */
import type { ConvolutionBranch } from "../../graph/attributes.ts";
import type { Graph, Node, NodeOf, Value } from "../../graph/graph.ts";
import {
  constantValue,
  consumersOf,
  makeNode,
  makeValue,
  outputValues,
} from "../../graph/rewrite.ts";
import { lazyTensor } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { arrangeBranches, isWholeConcat } from "../branches/arrange.ts";
import type { Unit } from "../branches/arrange.ts";
import { groupBranches } from "../branches/group.ts";
import type { Branch } from "../branches/group.ts";
import type { Pass } from "./pass.ts";

export const mergeBranches: Pass = {
  name: "merge branches",
  run(graph) {
    for (const group of groupBranches(graph)) {
      const units = arrangeBranches(group, consumersOf(graph), outputValues(graph));
      if (units.flatMap(({ branches }) => branches).length > 1) merge(graph, units);
    }
  },
};

function merge(graph: Graph, units: readonly Unit[]): void {
  const branches = units.flatMap((unit) => unit.branches);
  const at = Math.min(...branches.map(({ convolution }) => graph.nodes.indexOf(convolution)));
  const removed = new Set<Node>(
    branches.flatMap(({ convolution, activation }) =>
      activation ? [convolution, activation as Node] : [convolution],
    ),
  );
  const isOne = units.length === 1;
  const targets = units.map((unit) => targetOf(unit, removed));
  const starts = startsOf(units);
  const merged = mergeConvolutions(branches, starts, isOne ? targets[0].name : null);
  const made: Node[] = [merged];
  const { activation } = branches[0];
  if (activation) {
    const [y] = merged.outputs;
    const names = branches.map((branch) => branch.activation!.name);
    const active = makeValue(y.shape, y.dtype, isOne ? targets[0].name : names.join(" + "));
    made.push(makeNode("unary", names.join(" + "), [y], [active], activation.attributes));
  }
  const last = made.at(-1)!;
  if (!isOne || !isWholeConcat(units[0])) {
    const computed = isOne ? targets[0] : last.outputs[0];
    computed.parts = branches.map((branch) => ({
      name: branch.output.name,
      start: starts.get(branch)!,
      channels: branch.output.shape[1],
    }));
  }
  if (isOne) {
    last.outputs = targets;
    targets[0].producer = last;
  } else {
    units.forEach(({ branches: [first] }, i) =>
      made.push(sliceNode(last.outputs[0], starts.get(first)!, targets[i])),
    );
  }
  graph.nodes.splice(at, 0, ...made);
  graph.nodes = graph.nodes.filter((node) => !removed.has(node));
}

/** The value that stands for a unit; its readers are told, and what it replaces is marked. */
function targetOf(unit: Unit, removed: Set<Node>): Value {
  const { branches, join } = unit;
  if (isWholeConcat(unit)) {
    removed.add(join!.concat);
    return join!.concat.outputs[0];
  }
  const { output } = branches[0];
  if (branches.length === 1 || !join) return output;
  const channels = branches.reduce((sum, branch) => sum + branch.output.shape[1], 0);
  const [n, , ...size] = output.shape;
  const names = branches.map((branch) => branch.output.name).join(" + ");
  const target = makeValue([n, channels, ...size], output.dtype, names);
  join.concat.inputs.splice(join.at, branches.length, target);
  return target;
}

/** The first row of each branch. Units begin on quads: their slices are views. */
function startsOf(units: readonly Unit[]): Map<Branch, number> {
  const starts = new Map<Branch, number>();
  let row = 0;
  for (const { branches } of units) {
    row = Math.ceil(row / 4) * 4;
    for (const branch of branches) {
      starts.set(branch, row);
      row += branch.output.shape[1];
    }
  }
  return starts;
}

function mergeConvolutions(
  branches: readonly Branch[],
  starts: ReadonlyMap<Branch, number>,
  target: string | null,
): NodeOf<"conv2d"> {
  const names = branches.map(({ convolution }) => convolution.name);
  // The last has the full kernel: those in its centre come first.
  const { convolution: last } = branches.at(-1)!;
  const { shape: tailShape } = last.outputs[0];
  const rows = starts.get(branches.at(-1)!)! + tailShape[1];
  const hasCentre = !branches.at(-1)!.isCentre;
  const described = branches.map((branch): ConvolutionBranch => {
    const { name, outputs } = branch.convolution;
    const isCentre = branch.isCentre && hasCentre;
    return { name, start: starts.get(branch)!, channels: outputs[0].shape[1], isCentre };
  });
  const [weights, biases] = [1, 2].map((input) =>
    branches.map(({ convolution }) => convolution.inputs[input]?.constant ?? null),
  );
  const weight = mergeWeights(weights as Tensor[], described, rows, last.inputs[1]!.shape);
  const bias = mergeBiases(biases, described, rows);
  const name = names.join(" + ");
  const y = makeValue([tailShape[0], rows, ...tailShape.slice(2)], "float32", target ?? name);
  const inputs = [
    last.inputs[0],
    constantValue(weight, `${name}.weight`),
    constantValue(bias, `${name}.bias`),
  ];
  return makeNode("conv2d", name, inputs, [y], { ...last.attributes, branches: described });
}

/** The rows of all branches; where there are none, and around a centre tap, the weights are zero. */
function mergeWeights(
  weights: readonly Tensor[],
  described: readonly ConvolutionBranch[],
  rows: number,
  [, ins, height, width]: readonly number[],
): Tensor {
  const taps = height * width;
  return lazyTensor([rows, ins, height, width], () => {
    const data = new Float32Array(rows * ins * taps);
    weights.forEach(({ data: own }, i) => {
      const { start, isCentre } = described[i];
      const first = start * ins * taps;
      if (!isCentre) data.set(own, first);
      else own.forEach((number, k) => (data[first + k * taps + (taps >> 1)] = number));
    });
    return data;
  });
}

/** Zeros where a branch has no bias. */
function mergeBiases(
  biases: readonly (Tensor | null)[],
  described: readonly ConvolutionBranch[],
  rows: number,
): Tensor {
  return lazyTensor([rows], () => {
    const data = new Float32Array(rows);
    biases.forEach((bias, i) => data.set(bias?.data ?? [], described[i].start));
    return data;
  });
}

function sliceNode(x: Value, start: number, target: Value): Node {
  return makeNode("slice", target.name, [x], [target], {
    axes: [1],
    starts: [start],
    sizes: [target.shape[1]],
    steps: [1],
  });
}
