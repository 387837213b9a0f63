/** Finds a chain of operators in a graph, from its last node back to its first. */
import { isOp } from "../../graph/rewrite.ts";
import type { Node, Value } from "../../graph/graph.ts";
import type { Uses } from "./fusion.ts";

/** One operator of a pattern. */
interface StepOf<N extends Node> {
  readonly op: N["op"];
  /** Which nodes of the operator fit; by default all. */
  where?(node: N): boolean;
  /** It may be missing; not the last. */
  readonly optional?: boolean;
  /** Its inputs beside the chain may be computed; by default they are constants. */
  readonly operands?: boolean;
}

export type PatternStep = { [K in Node["op"]]: StepOf<Extract<Node, { op: K }>> }[Node["op"]];

/**
 * Operators by the names that the fusion has for them, in order: each reads the output of the one
 * before as its first input, a `binary` one as either. Nothing else may read what is computed on the way.
 */
export type Pattern = Readonly<Record<string, PatternStep>>;

/** The nodes that a fusion claims, by its names for them, in order; null where one is missing. */
export type NamedNodes = Readonly<Record<string, Node | null>>;

/** The nodes of a pattern. */
export type NodesOf<P extends Pattern> = {
  readonly [K in keyof P]:
    Extract<Node, { op: P[K]["op"] }> | (P[K] extends { readonly optional: true } ? null : never);
};

type Entry = readonly [name: string, node: Node | null];

/** The nodes of the chain that ends with `anchor`; null where there is none. */
export function matchPattern(pattern: Pattern, anchor: Node, uses: Uses): NamedNodes | null {
  const found = matchBack(Object.entries(pattern), anchor, uses);
  return found && Object.fromEntries(found);
}

/** The nodes of the first steps, of which the last is `node` unless it is optional. */
function matchBack(
  steps: readonly (readonly [string, PatternStep])[],
  node: Node | null,
  uses: Uses,
): Entry[] | null {
  const last = steps.at(-1);
  if (!last) return [];
  const [name, step] = last;
  const before = steps.slice(0, -1);
  if (node && fits(step, node)) {
    for (const value of chainInputs(node)) {
      if (!step.operands && node.inputs.some((other) => other !== value && !isConstant(other)))
        continue;
      const producer = uses.isPrivate(value) ? value.producer : null;
      const found = matchBack(before, producer, uses);
      if (found) return [...found, [name, node]];
    }
  }
  if (!step.optional) return null;
  const found = matchBack(before, node, uses);
  return found && [...found, [name, null]];
}

function fits(step: PatternStep, node: Node): boolean {
  if (step.op !== node.op || node.outputs.length !== 1) return false;
  return (step as StepOf<Node>).where?.(node) ?? true;
}

/** The inputs by which a node may continue a chain. */
function chainInputs(node: Node): Value[] {
  const inputs = isOp(node, "binary") ? node.inputs : node.inputs.slice(0, 1);
  return inputs.filter(
    (value): value is Value =>
      !isConstant(value) && node.inputs.filter((other) => other === value).length === 1,
  );
}

/** Whether a value is known when the model is compiled, or absent. */
export function isConstant(value: Value | null): boolean {
  return !value || value.constant !== null || value.parameter !== null;
}
