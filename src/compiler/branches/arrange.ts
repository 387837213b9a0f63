/** Orders the rows of branches that become one convolution, so that no slice of it has to be copied. */
import type { Node, NodeOf, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { normalizeAxis } from "../../graph/tensor.ts";
import type { Branch } from "./group.ts";

/** Neighbouring inputs of a concatenation along channels. */
interface Join {
  readonly concat: NodeOf<"concat">;
  readonly at: number;
}

/** Branches that are one slice: alone, or neighbours in a concatenation, which then reads the slice. */
export interface Unit {
  readonly branches: readonly Branch[];
  readonly join: Join | null;
}

type Consumers = ReadonlyMap<Value, readonly Node[]>;

/** The units in the order of their rows; branches that should stay alone are left out. */
export function arrangeBranches(
  group: readonly Branch[],
  consumers: Consumers,
  outputs: ReadonlySet<Value>,
): Unit[] {
  const units = unitsOf(group, consumers, outputs);
  if (units.length === 1) return units;
  const places = new Map(units.map((unit) => [unit, placeIn(unit, consumers)]));
  const free = units.filter((unit) => places.get(unit) === "anywhere");
  const isCentre = (unit: Unit): boolean => unit.branches[0].isCentre;
  // Part of a tensor can begin or end one concatenation, which then lies around the tensor's end.
  const last = units.findLast((unit) => places.get(unit) === "last");
  if (last && (!isCentre(last) || free.every(isCentre))) return [...free, last];
  const first = units.find((unit) => places.get(unit) === "first");
  if (first && (isCentre(first) || !free.some(isCentre))) return [first, ...free];
  return free;
}

function joinOf(
  { output }: Branch,
  consumers: Consumers,
  outputs: ReadonlySet<Value>,
): Join | null {
  const readers = consumers.get(output) ?? [];
  return readers.length === 1 && !outputs.has(output) ? joinAt(output, readers[0]) : null;
}

/** Where a node concatenates a value with others along channels, if it does that once. */
function joinAt(value: Value, node: Node): Join | null {
  if (!isOp(node, "concat") || value.shape.length !== 4) return null;
  if (normalizeAxis(node.attributes.axis, 4, "concat") !== 1) return null;
  if (node.inputs.filter((input) => input === value).length !== 1) return null;
  return { concat: node, at: node.inputs.indexOf(value) };
}

function unitsOf(
  group: readonly Branch[],
  consumers: Consumers,
  outputs: ReadonlySet<Value>,
): Unit[] {
  const joined = group.map((branch) => ({ branch, join: joinOf(branch, consumers, outputs) }));
  const order = (join: Join | null): number =>
    join ? joined.findIndex((other) => other.join?.concat === join.concat) : joined.length;
  joined.sort(
    (a, b) =>
      Number(b.branch.isCentre) - Number(a.branch.isCentre) ||
      order(a.join) - order(b.join) ||
      (a.join?.at ?? 0) - (b.join?.at ?? 0),
  );
  const units: { branches: Branch[]; join: Join | null }[] = [];
  for (const { branch, join } of joined) {
    const unit = units.at(-1);
    const isNext =
      join !== null &&
      unit?.join?.concat === join.concat &&
      unit.join.at + unit.branches.length === join.at;
    if (isNext) unit.branches.push(branch);
    else units.push({ branches: [branch], join });
  }
  return units;
}

/** Whether a unit is all of a concatenation, which it then replaces. */
export function isWholeConcat({ branches, join }: Unit): boolean {
  return join !== null && join.concat.inputs.length === branches.length;
}

/** Where the slice of a unit has to lie in the rows, so that it can be a piece of a concatenation. */
function placeIn(unit: Unit, consumers: Consumers): "anywhere" | "first" | "last" | "nowhere" {
  const { branches, join } = unit;
  if (join && !isWholeConcat(unit)) return endOf(join, branches.length, consumers);
  const value = join ? join.concat.outputs[0] : branches[0].output;
  const concats = (consumers.get(value) ?? []).filter((node) => isOp(node, "concat"));
  if (concats.length === 0) return "anywhere";
  const outer = concats.length === 1 ? joinAt(value, concats[0]) : null;
  return outer ? endOf(outer, 1, consumers) : "nowhere";
}

function endOf(
  { concat, at }: Join,
  count: number,
  consumers: Consumers,
): "first" | "last" | "nowhere" {
  // With another tensor around it, the concatenation is no piece of a further one.
  if (consumers.get(concat.outputs[0])?.some((node) => isOp(node, "concat"))) return "nowhere";
  if (at === 0) return "last";
  return at + count === concat.inputs.length ? "first" : "nowhere";
}
