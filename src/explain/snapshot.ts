/** Graphs as data that a later pass does not change, and as lines of text. */
import type { Graph, Node, Value } from "../graph/graph.ts";
import { formatShape } from "../graph/tensor.ts";
import type { GraphSnapshot, NodeSnapshot, PassExplanation, ValueSnapshot } from "./explanation.ts";

export function snapshotOf(graph: Graph): GraphSnapshot {
  return {
    inputs: graph.inputs.map(snapshotValue),
    outputs: graph.outputs.map(({ name, value }) => ({ name, id: value.id })),
    nodes: graph.nodes.map(snapshotNode),
  };
}

/** What a pass did to a graph. */
export function explainPass(
  pass: string,
  before: GraphSnapshot,
  after: GraphSnapshot,
): PassExplanation {
  const [left, right] = [linesOf(before), linesOf(after)];
  const removed = without(left, right);
  const added = without(right, left);
  const isChanged = removed.length + added.length > 0;
  return {
    pass,
    nodesBefore: before.nodes.length,
    nodesAfter: after.nodes.length,
    removed,
    added,
    ...(isChanged && { graph: after }),
  };
}

/** A line a node: `conv2d "stem" (x, 8x3x3x3, 8) -> 1x8x16x16, stride 2x2`. */
export function linesOf(graph: GraphSnapshot): string[] {
  const names = new Map<number, string>();
  for (const { id, name } of [...graph.inputs, ...graph.nodes.flatMap(({ outputs }) => outputs)]) {
    names.set(id, name);
  }
  return graph.nodes.map(({ kind, name, inputs, constants, outputs, attributes }) => {
    const read = [...inputs.map((id) => names.get(id)), ...constants.map(formatShape)].join(", ");
    const written = outputs.map(({ shape }) => formatShape(shape)).join(", ");
    return `${kind} "${name}" (${read}) -> ${written}${attributes && `, ${attributes}`}`;
  });
}

/** The lines that a pass removed and added, those of one node together. */
export function changesOf({
  removed,
  added,
}: PassExplanation): { readonly sign: "-" | "+"; readonly line: string }[] {
  const nameOf = (line: string): string | undefined => /"([^"]*)"/.exec(line)?.[1];
  const byName = new Map<string | undefined, string[]>();
  for (const line of added) byName.set(nameOf(line), [...(byName.get(nameOf(line)) ?? []), line]);
  const changes = removed.flatMap((line) => {
    const name = nameOf(line);
    const news = byName.get(name) ?? [];
    byName.delete(name);
    return [
      { sign: "-", line } as const,
      ...news.map((each) => ({ sign: "+", line: each }) as const),
    ];
  });
  const rest = [...byName.values()].flat().map((line) => ({ sign: "+", line }) as const);
  return [...changes, ...rest];
}

/** The lines that are not among others, each as often as it is there more. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}

function snapshotValue({ id, name, shape }: Value): ValueSnapshot {
  return { id, name, shape: [...shape] };
}

function snapshotNode(node: Node): NodeSnapshot {
  const inputs = node.inputs.filter((value) => value !== null);
  const isKnown = ({ constant, parameter }: Value): boolean =>
    constant !== null || parameter !== null;
  return {
    name: node.name,
    kind: "kind" in node.attributes ? node.attributes.kind : node.op,
    attributes: formatAttributes(node.attributes),
    inputs: inputs.filter((value) => !isKnown(value)).map(({ id }) => id),
    constants: inputs.filter(isKnown).map(({ shape }) => [...shape]),
    outputs: node.outputs.map(snapshotValue),
  };
}

/** What attributes mostly are, so that it goes without saying. */
const USUAL: Readonly<Record<string, number>> = { stride: 1, dilation: 1, groups: 1, padding: 0 };

/** Entries of a list that are shown. */
const MOST_SHOWN = 8;

function formatAttributes(attributes: object): string {
  return Object.entries(attributes)
    .filter(([key, value]) => key !== "kind" && value !== undefined && !isUsual(key, value))
    .map(([key, value]) => `${key} ${formatValue(value)}`)
    .join(", ");
}

function isUsual(key: string, value: unknown): boolean {
  return [value].flat().every((item) => item === USUAL[key]);
}

function formatValue(value: unknown): string {
  if (!Array.isArray(value))
    return typeof value === "object" ? "given" : (value as number).toString();
  if (value.some((item) => typeof item === "object")) return `of ${value.length}`;
  const shown = value.slice(0, MOST_SHOWN).map(String).join("x");
  return value.length > MOST_SHOWN ? `${shown}...` : shown;
}
