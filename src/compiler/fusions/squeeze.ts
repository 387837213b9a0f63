/** Finds the maps whose mean a vector is: of one map, of a sum of maps, or a sum of their means. */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { normalizeAxis, sameShape } from "../../graph/tensor.ts";
import { MOST_BRANCHES } from "../../shaders/gate/gate.ts";
import type { Uses } from "./fusion.ts";
import { throughRelabellings, vectorSize } from "./vectors.ts";

/** Channels of a map, from the first of a quad on. */
export interface Branch {
  /** [N, ., H, W] */
  readonly map: Value;
  /** The first channel. */
  readonly first: number;
}

export interface Squeeze {
  readonly branches: readonly Branch[];
  /** The nodes between the maps and the vector, in the order of the graph. */
  readonly nodes: readonly Node[];
}

/** @returns null where a vector is no such mean, or of more maps than the kernel takes */
export function squeezeOf(vector: Value, uses: Uses): Squeeze | null {
  const nodes = new Set<Node>();
  const branches = branchesOf(vector, uses, nodes);
  if (!branches || branches.length > MOST_BRANCHES) return null;
  const [{ map }] = branches;
  const sameSize = branches.every(
    ({ map: { shape } }) =>
      shape[0] === map.shape[0] && sameShape(shape.slice(2), map.shape.slice(2)),
  );
  return sameSize ? { branches, nodes: [...nodes] } : null;
}

function branchesOf(vector: Value, uses: Uses, nodes: Set<Node>): Branch[] | null {
  const { producer, nodes: relabellings } = throughRelabellings(vector);
  if (!producer) return null;
  const found = branchesBehind(producer, uses, nodes);
  for (const node of found ? [producer, ...relabellings] : []) nodes.add(node);
  return found;
}

function branchesBehind(node: Node, uses: Uses, nodes: Set<Node>): Branch[] | null {
  if (isSpatialMean(node)) return summands(node.inputs[0]!, uses, nodes);
  if (isOp(node, "slice")) return sliceOf(node, uses, nodes);
  if (!isOp(node, "binary") || node.attributes.kind !== "add") return null;
  const [a, b] = node.inputs as Value[];
  if (vectorSize(a.shape) === null || !sameShape(a.shape, b.shape)) return null;
  const left = branchesOf(a, uses, nodes);
  const right = left && branchesOf(b, uses, nodes);
  return right && [...left, ...right];
}

/** Channels of a mean are the mean of channels. */
function sliceOf(
  node: Extract<Node, { op: "slice" }>,
  uses: Uses,
  nodes: Set<Node>,
): Branch[] | null {
  const { axes, starts, steps } = node.attributes;
  const [x] = node.inputs as Value[];
  const isChannels = axes.length === 1 && normalizeAxis(axes[0], x.shape.length, "slice") === 1;
  if (!isChannels || x.shape.length !== 4 || steps[0] !== 1 || starts[0] % 4 !== 0) return null;
  const branches = branchesOf(x, uses, nodes);
  return branches && branches.map(({ map, first }) => ({ map, first: first + starts[0] }));
}

/** The maps that add up to one that nothing but its mean reads. */
function summands(map: Value, uses: Uses, nodes: Set<Node>): Branch[] {
  const { producer } = map;
  const [a, b] = producer?.inputs ?? [];
  const isSum =
    isOp(producer, "binary") && producer.attributes.kind === "add" && uses.isPrivate(map);
  if (!isSum || !a || !b || a === b || a.constant || b.constant || !sameShape(a.shape, b.shape)) {
    return [{ map, first: 0 }];
  }
  const branches = [...summands(a, uses, nodes), ...summands(b, uses, nodes)];
  nodes.add(producer);
  return branches;
}

/** [N, C, H, W] -> the mean over H and W, however it is written. */
function isSpatialMean(node: Node): boolean {
  const [x] = node.inputs as Value[];
  if (x.constant || x.shape.length !== 4) return false;
  const [, , height, width] = x.shape;
  if (isOp(node, "globalAveragePool")) return true;
  if (isOp(node, "adaptivePool2d")) {
    const { kind, size } = node.attributes;
    return kind === "average" && size[0] * size[1] === 1;
  }
  if (isOp(node, "averagePool2d")) {
    const { kernel, padding, dilation = [1, 1], divisor = height * width } = node.attributes;
    const isWhole = kernel[0] === height && kernel[1] === width && divisor === height * width;
    const plain = padding.every((pixels) => pixels === 0) && dilation[0] * dilation[1] === 1;
    return isWhole && plain;
  }
  if (!isOp(node, "reduce") || node.attributes.kind !== "mean") return false;
  const axes = node.attributes.axes.map((axis) => normalizeAxis(axis, 4, "reduce"));
  return axes.sort((a, b) => a - b).join() === "2,3";
}
