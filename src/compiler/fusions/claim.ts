/** What a fusion from outside of the package claims, and what its kernel then reads. */
import { GraphError } from "../../graph/errors.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { asFunctions, fitsOneKernel, isElementwise } from "../elementwise-nodes.ts";
import { quadsDims, walksInQuads } from "../place.ts";
import type { FusedNode } from "../expression.ts";
import type { Match, Uses } from "./fusion.ts";
import { isConstant } from "./pattern.ts";
import type { NamedNodes } from "./pattern.ts";

export interface DefinedMatch extends Match {
  /** The nodes by the names that the fusion has for them. */
  readonly named: NamedNodes;
  /** Those that ride in slots of the kernel, by name. */
  readonly riding: ReadonlyMap<string, FusedNode>;
}

export interface Claim {
  /** Of the fusion. */
  readonly name: string;
  readonly anchor: Node;
  readonly uses: Uses;
  readonly named: NamedNodes;
  /** Names of the element-wise nodes that ride in slots. */
  readonly riding: readonly string[];
}

/** Other operands than these have no uniform left: WebGPU allows 8, and nodes on the store take 5. */
const MOST_OPERANDS = 1;

/**
 * The match; null where its values do not fit channel quads, or its stages the kernel.
 * @throws GraphError when the nodes are not a fusion's to claim
 */
export function claimNodes(claim: Claim): DefinedMatch | null {
  const { anchor, named } = claim;
  const nodes = Object.values(named).filter((node) => node !== null);
  checkClaim(claim, nodes);
  const inside = new Set(nodes);
  const riding = new Map<string, FusedNode>();
  for (const step of claim.riding) {
    const node = named[step];
    if (!node) continue;
    const way = wayOf(claim, step, node, inside);
    if (!way) return null;
    riding.set(step, way);
  }
  const stages = [...riding.values()].map(({ node }) => node as Node);
  const inputs = inputsOf(
    nodes.filter((node) => !stages.includes(node)),
    inside,
  );
  const [output] = anchor.outputs;
  const inQuads = [...inputs, output].every(
    ({ shape, dtype }) => dtype === "float32" && quadsDims(shape) !== null,
  );
  if (!inQuads || inputs.length === 0 || !fitsOneKernel(stages, 5 - MOST_OPERANDS)) return null;
  return { nodes, inputs, output, named, riding };
}

function checkClaim({ name, anchor, uses }: Claim, nodes: readonly Node[]): void {
  const where = `fusion "${name}" at ${anchor.op} "${anchor.name}"`;
  const last = nodes.at(-1);
  if (last !== anchor) {
    const found = last ? `${last.op} "${last.name}"` : "nothing";
    throw new GraphError(`${where}: its last node is ${found}, expected the anchor`);
  }
  const inside = new Set(nodes);
  for (const value of nodes.slice(0, -1).flatMap(({ outputs }) => outputs)) {
    const reader = uses.of(value).find((node) => !inside.has(node));
    if (!reader && !uses.isOutput(value)) continue;
    const who = reader ? `${reader.op} "${reader.name}" reads too` : "is an output of the graph";
    throw new GraphError(
      `${where}: it claims "${value.name}", which ${who}; expected null from match there`,
    );
  }
}

/** The node as a function of what the kernel computes before it. */
function wayOf(
  { name }: Claim,
  step: string,
  node: Node,
  inside: ReadonlySet<Node>,
): FusedNode | null {
  if (!isElementwise(node)) {
    throw new GraphError(
      `fusion "${name}": step "${step}" is ${node.op} "${node.name}", expected an element-wise node ` +
        "for a slot",
    );
  }
  const [y] = node.outputs;
  const ways = asFunctions(node).filter(({ main, operand }) => {
    const comes = main.producer !== null && inside.has(main.producer);
    return comes && operand !== main && (!operand || walksInQuads(operand.shape, y.shape));
  });
  return quadsDims(y.shape) === null ? null : (ways[0] ?? null);
}

/** What nodes read that none of `inside` computes, each once. */
function inputsOf(nodes: readonly Node[], inside: ReadonlySet<Node>): Value[] {
  const read = nodes
    .flatMap(({ inputs }) => inputs)
    .filter((value): value is Value => !isConstant(value))
    .filter(({ producer }) => producer === null || !inside.has(producer));
  return [...new Set(read)];
}
