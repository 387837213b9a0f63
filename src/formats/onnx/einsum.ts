/** Einsum: any equation as transposes, products of matrices and sums. */
import type { Value } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";

/** A value with a label for each axis. */
interface Term {
  readonly value: Value;
  readonly labels: readonly string[];
}

interface Equation {
  readonly inputs: readonly string[];
  /** Null where it is implied: the labels that occur once, in alphabetic order. */
  readonly output: string | null;
}

const TERM = /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/;

function parseEquation(node: OnnxNode): Equation {
  const text = node.string("equation").replaceAll(" ", "");
  const [left, right = null, ...rest] = text.split("->");
  const inputs = left.split(",");
  const malformed = [...inputs, right ?? ""].some((term) => !TERM.test(term));
  if (malformed || rest.length > 0) node.fail(`equation "${text}" is not valid`);
  if (inputs.length !== node.inputs.length) {
    node.fail(`equation "${text}" has ${inputs.length} terms for ${node.inputs.length} inputs`);
  }
  return { inputs, output: right };
}

/** Labels of a term; the axes of an ellipsis are counted from its end: "2", "1", "0". */
function labelsOf(term: string, hidden: number): string[] {
  const [before, after = ""] = term.split("...");
  const numbers = Array.from({ length: hidden }, (_, i) => String(hidden - 1 - i));
  return [...before, ...(term.includes("...") ? numbers : []), ...after];
}

function readTerm(node: OnnxNode, term: string, index: number): Term {
  const value = node.input(index);
  const letters = term.replace("...", "").length;
  const hidden = value.shape.length - letters;
  if (term.includes("...") ? hidden < 0 : hidden !== 0) {
    node.fail(`term "${term}" does not fit input ${index} of rank ${value.shape.length}`);
  }
  return { value, labels: labelsOf(term, hidden) };
}

function transposed(node: OnnxNode, { value, labels }: Term, order: readonly string[]): Value {
  const perm = order.map((label) => labels.indexOf(label));
  const isSame = perm.every((axis, i) => axis === i);
  return isSame ? value : node.op("transpose", [value], { perm });
}

/** A label that occurs twice takes the diagonal of its two axes. */
function withoutRepeats(node: OnnxNode, { value, labels }: Term): Term {
  const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0) return { value, labels };
  const label = labels[second];
  const first = labels.indexOf(label);
  const others = [...labels.keys()].filter((axis) => axis !== first && axis !== second);
  const [n, m] = [value.shape[first], value.shape[second]];
  if (n !== m) node.fail(`label "${label}" has sizes ${n} and ${m} in one term`);
  const moved = node.op("transpose", [value], { perm: [...others, first, second] });
  const sizes = others.map((axis) => value.shape[axis]);
  const flat = node.reshape(moved, [...sizes, n * n]);
  const cut = { axes: [others.length], starts: [0], sizes: [n], steps: [n + 1] };
  const diagonal = node.op("slice", [flat], cut);
  const kept = [...others.map((axis) => labels[axis]), label];
  return withoutRepeats(node, { value: diagonal, labels: kept });
}

/** Sums over the labels that nothing else needs. */
function summed(node: OnnxNode, { value, labels }: Term, needed: ReadonlySet<string>): Term {
  const axes = [...labels.keys()].filter((axis) => !needed.has(labels[axis]));
  if (axes.length === 0) return { value, labels };
  const sum = node.op("reduce", [value], { kind: "sum", axes, keepDims: false });
  return { value: sum, labels: labels.filter((label) => needed.has(label)) };
}

/** The term with the sizes of the axes of an ellipsis that the other one has. */
function broadcast(node: OnnxNode, term: Term, other: Term): Term {
  const { value, labels } = term;
  const shape = labels.map((label, axis) => {
    const size = value.shape[axis];
    const at = other.labels.indexOf(label);
    const wanted = at < 0 ? size : other.value.shape[at];
    if (size !== wanted && !(/\d/.test(label) && (size === 1 || wanted === 1))) {
      node.fail(`label "${label}" has sizes ${size} and ${wanted}`);
    }
    return Math.max(size, wanted);
  });
  const isSame = String(shape) === String(value.shape);
  return isSame ? term : { labels, value: node.op("expand", [value], { shape }) };
}

/** The product of two terms, summed over the labels that are in both and not needed. */
function product(node: OnnxNode, left: Term, right: Term, needed: ReadonlySet<string>): Term {
  const [a, b] = [broadcast(node, left, right), broadcast(node, right, left)];
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const inner = shared.filter((label) => !needed.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const sizesOf = (term: Term, labels: readonly string[]) =>
    labels.map((label) => term.value.shape[term.labels.indexOf(label)]);
  const [batches, depth] = [sizesOf(a, batch), sizeOf(sizesOf(a, inner))];
  const [height, width] = [sizesOf(a, rows), sizesOf(b, columns)];
  const x = node.reshape(transposed(node, a, [...batch, ...rows, ...inner]), [
    sizeOf(batches),
    sizeOf(height),
    depth,
  ]);
  const y = node.reshape(transposed(node, b, [...batch, ...inner, ...columns]), [
    sizeOf(batches),
    depth,
    sizeOf(width),
  ]);
  const value = node.op("matmul", [x, y], {});
  return {
    value: node.reshape(value, [...batches, ...height, ...width]),
    labels: [...batch, ...rows, ...columns],
  };
}

function outputLabels(node: OnnxNode, { inputs, output }: Equation, terms: Term[]): string[] {
  const all = terms.flatMap(({ labels }) => labels);
  const hidden = all.filter((label) => /\d/.test(label));
  const most = Math.max(-1, ...hidden.map(Number)) + 1;
  const letters = inputs.join("").replaceAll(".", "");
  const once = [...letters].filter((letter) => letters.split(letter).length === 2).sort();
  const labels = labelsOf(output ?? `...${once.join("")}`, most);
  const unknown = labels.find((label) => !all.includes(label));
  if (unknown !== undefined || new Set(labels).size !== labels.length) {
    node.fail(`the output "${output ?? ""}" has a label twice or one that no input has`);
  }
  return labels;
}

const einsum: Converter = (node) => {
  const equation = parseEquation(node);
  const terms = equation.inputs.map((term, i) => readTerm(node, term, i));
  const labels = outputLabels(node, equation, terms);
  const needed = (from: number) =>
    new Set([...labels, ...terms.slice(from).flatMap((term) => term.labels)]);
  let result = summed(node, withoutRepeats(node, terms[0]), needed(1));
  for (let i = 1; i < terms.length; i++) {
    const both = new Set([...needed(i + 1), ...result.labels]);
    const next = summed(node, withoutRepeats(node, terms[i]), both);
    result = product(node, result, next, needed(i + 1));
    result = summed(node, result, needed(i + 1));
  }
  const y = transposed(node, result, labels);
  const isInteger = node.inputs.every((value) => value?.dtype === "int32");
  return isInteger && y.dtype !== "int32" ? node.op("cast", [y], { to: "int32" }) : y;
};

export const einsums: Record<string, Converter> = { Einsum: einsum };
