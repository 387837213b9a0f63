/** Rewrites a graph so that its values are what lies in memory: lanes instead of channels. */
import type { Conv2dAttributes } from "../../graph/attributes.ts";
import type { Graph, Node, Value } from "../../graph/graph.ts";
import { constantValue, isOp, makeNode, removeDeadNodes } from "../../graph/rewrite.ts";
import { arrange, arrangeWeight } from "./constants.ts";
import { inverseOf, isLogical } from "./lanes.ts";
import type { Lanes } from "./lanes.ts";
import type { Channels } from "./planes.ts";
import type { Read, Segment } from "./quad-finder.ts";
import type { Solution } from "./attempt.ts";

/** `reasons`: by name, why values are put together by a dispatch, where it could be done without. */
export function rewriteChannels(
  graph: Graph,
  solution: Solution,
  reasons: ReadonlyMap<string, string> = new Map(),
): void {
  new Rewriter(solution, reasons).run(graph);
  removeDeadNodes(graph);
}

class Rewriter {
  private readonly joined = new Map<string, Value>();
  private readonly reshaped = new Map<Value, Map<number, Value>>();
  private added: Node[] = [];
  private nextId = 0;

  constructor(
    private readonly solution: Solution,
    private readonly reasons: ReadonlyMap<string, string>,
  ) {}

  run(graph: Graph): void {
    // Shapes first: what is read before it is rewritten has its new shape already.
    const counts = new Map<Value, number>();
    for (const [value, lanes] of this.solution.lanes) {
      counts.set(value, value.shape[1]);
      if (isLogical(lanes, value.shape[1])) continue;
      value.lanes = lanes;
      value.shape = [value.shape[0], lanes.length, ...value.shape.slice(2)];
    }
    const nodes: Node[] = [];
    for (const node of graph.nodes) {
      const channels = this.solution.gathers.get(node.outputs[0]);
      const rewritten = channels ? this.gather(node, channels) : this.rewrite(node, counts);
      nodes.push(...this.added, rewritten);
      this.added = [];
    }
    graph.nodes = nodes;
  }

  private rewrite(node: Node, counts: ReadonlyMap<Value, number>): Node {
    const role = this.solution.roles.get(node);
    if (!role || role.kind === "opaque") return node;
    const reads = this.solution.reads.get(node);
    const [y] = node.outputs;
    const rows = this.solution.lanes.get(y)!;
    const isWritten = y.lanes !== undefined;
    if (!reads && !isWritten) return node;
    if (role.kind === "dense") {
      const columns = reads?.get(0)?.lanes ?? count(node.inputs[0]!.shape[1]);
      const [, weight, bias] = node.inputs;
      const inputs = [
        this.operand(node, 0, reads?.get(0)),
        arrangeWeight(weight!, columns, rows, role.groups),
        bias ? arrange(bias, 0, rows) : bias,
      ];
      const attributes = isOp(node, "conv2d")
        ? { ...node.attributes, ...branchesIn(node.attributes, rows) }
        : node.attributes;
      return renew(node, inputs.slice(0, node.inputs.length), attributes);
    }
    const inputs = node.inputs.map((value, index) => {
      if (role.tied.includes(index)) return this.operand(node, index, reads?.get(index));
      return value?.constant ? this.constantOperand(node, index, rows, counts.get(y)!) : value;
    });
    // The groups of a depthwise convolution are its channels.
    const attributes = isOp(node, "conv2d")
      ? { ...node.attributes, groups: rows.length }
      : node.attributes;
    return renew(node, inputs, attributes);
  }

  private operand(node: Node, index: number, read: Read | undefined): Value {
    const value = node.inputs[index]!;
    return read ? this.join(read, value) : value;
  }

  /** Puts a value together from whole ones: each of its lanes is one of theirs. */
  private gather(node: Node, { owners, channels }: Channels): Node {
    const [y] = node.outputs;
    const { lanes } = this.solution;
    const endsWhole = (value: Value): number => Number(lanes.get(value)!.length % 4 === 0);
    const sources = [...new Set(owners)].sort((a, b) => endsWhole(b) - endsWhole(a));
    const laneOf = new Map<Value, (channel: number) => number>();
    let first = 0;
    const segments = sources.map((value) => {
      const [start, inverse] = [first, inverseOf(lanes.get(value)!)];
      laneOf.set(value, (channel) => start + inverse[channel]);
      first += inverse.length;
      return { value, firstQuad: 0, quads: Math.ceil(inverse.length / 4) };
    });
    const x = this.join({ segments, lanes: count(first) }, y);
    // A lane without a channel may hold any number.
    const indices = lanes.get(y)!.map((c) => (c < 0 ? 0 : laneOf.get(owners[c])!(channels[c])));
    const tensor = {
      shape: [indices.length],
      dtype: "int32",
      data: Int32Array.from(indices),
    } as const;
    const copy =
      this.reasons.get(y.name) ??
      `no order of channels lets all readers find theirs in whole quads: "${y.name}" is put together`;
    const inputs = [x, constantValue(tensor, `${y.name}.channels`)];
    return makeNode("gather", node.name, inputs, [y], { axis: 1, copy });
  }

  /** Depthwise weights and biases, slopes, and constants of element-wise nodes. */
  private constantOperand(node: Node, index: number, rows: Lanes, channels: number): Value {
    const value = node.inputs[index]!;
    if (isOp(node, "conv2d")) return arrange(value, 0, rows);
    const axis = value.shape.length - (node.outputs[0].shape.length - 1);
    return axis >= 0 && value.shape[axis] === channels && channels > 1
      ? arrange(value, axis, rows)
      : value;
  }

  /** The value that has these quads, as a tensor of the rank of `like`. */
  private join({ segments, lanes }: Read, like: Value): Value {
    const rank = like.shape.length;
    const key = `${rank} ${lanes.length} ${segments.map(({ value, firstQuad, quads }) => `${value.id}:${firstQuad}+${quads}`).join()}`;
    let joined = this.joined.get(key);
    if (joined) return joined;
    let left = lanes.length;
    const pieces = segments.map((segment) => {
      const size = Math.min(segment.quads * 4, left);
      left -= size;
      return this.piece(segment, size, like);
    });
    joined = pieces[0];
    if (pieces.length > 1) {
      const channels = pieces.reduce((sum, { shape }) => sum + shape[1], 0);
      joined = this.value(like, like.name, [like.shape[0], channels, ...like.shape.slice(2)]);
      this.add(makeNode("concat", like.name, pieces, [joined], { axis: 1 }));
    }
    this.joined.set(key, joined);
    return joined;
  }

  private piece({ value, firstQuad }: Segment, size: number, like: Value): Value {
    const whole = this.withRank(value, like);
    if (size === whole.shape[1]) return whole;
    const piece = this.value(like, `${value.name}[${firstQuad * 4}:${firstQuad * 4 + size}]`, [
      whole.shape[0],
      size,
      ...whole.shape.slice(2),
    ]);
    const attributes = { axes: [1], starts: [firstQuad * 4], sizes: [size], steps: [1] };
    this.add(makeNode("slice", piece.name, [whole], [piece], attributes));
    return piece;
  }

  private withRank(value: Value, like: Value): Value {
    const rank = like.shape.length;
    if (value.shape.length === rank) return value;
    let ranks = this.reshaped.get(value);
    if (!ranks) this.reshaped.set(value, (ranks = new Map<number, Value>()));
    let view = ranks.get(rank);
    if (!view) {
      const shape = [value.shape[0], value.shape[1], ...like.shape.slice(2)];
      view = this.value(like, value.name, shape);
      this.add(makeNode("reshape", value.name, [value], [view], { shape }));
      ranks.set(rank, view);
    }
    return view;
  }

  private value(like: Value, name: string, shape: readonly number[]): Value {
    return {
      id: 2_000_000_000 + this.nextId++,
      name,
      shape,
      dtype: like.dtype,
      producer: null,
      constant: null,
      parameter: null,
    };
  }

  private add(node: unknown): void {
    this.added.push(node as Node);
  }
}

function count(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i);
}

/** Where the branches of a merged convolution lie among the lanes that it writes. */
function branchesIn(
  { branches }: Conv2dAttributes,
  rows: Lanes,
): Pick<Conv2dAttributes, "branches"> {
  if (!branches) return {};
  const starts = branches.map(({ start, channels }) =>
    rows.findIndex((row) => row >= start && row < start + channels),
  );
  return {
    branches: branches.map((branch, i) => ({
      ...branch,
      start: starts[i],
      channels: (starts[i + 1] ?? rows.length) - starts[i],
    })),
  };
}

/** The node with other inputs. */
function renew(node: Node, inputs: (Value | null)[], attributes: Node["attributes"]): Node {
  const { name, op, outputs } = node;
  return makeNode(op, name, inputs, outputs, attributes as never) as unknown as Node;
}
