/**
 * Follows channels through operators that only move them. A value is seen as a list of planes, the
 * images of one channel each; slices, concatenations, reshapes and transposes that leave planes
 * whole give lists of planes of other values.
 */
import type { Graph, Node, Value } from "../../graph/graph.ts";
import { normalizeAxis, sizeOf } from "../../graph/tensor.ts";

/** The planes of a value, in row-major order of its leading axes. */
export interface Planes {
  /** By plane: the value that it belongs to, one that is computed, an input or a constant. */
  readonly owners: readonly Value[];
  /** By plane: its number there, image * channels + channel. */
  readonly numbers: readonly number[];
  /** Pixels of a plane. */
  readonly area: number;
}

/** Channel c of a value is channel `channels[c]` of `owners[c]`, in each image. */
export interface Channels {
  readonly owners: readonly Value[];
  readonly channels: readonly number[];
}

export class PlaneTracker {
  private readonly planes = new Map<Value, Planes>();
  /** The channels that gathered values are put together from. */
  readonly gathered = new Map<Value, Channels>();
  private readonly sources = new Map<Value, Set<Value>>();
  private readonly channels = new Map<Value, Channels | null>();

  /**
   * `kept`: values that stay as they are, and so own their planes; `gathered`: those that are put
   * together from others, and own them too.
   */
  constructor(graph: Graph, kept: ReadonlySet<Value>, gathered: ReadonlySet<Value>) {
    for (const node of graph.nodes) {
      const [y] = node.outputs;
      const planes = kept.has(y) ? null : this.follow(node);
      if (!planes) continue;
      const channels = gathered.has(y) ? this.findChannels(y, planes) : null;
      if (channels) this.gathered.set(y, channels);
      else this.planes.set(y, planes);
    }
  }

  /** Whether the planes of a value are those of others. */
  isVirtual(value: Value): boolean {
    return this.planes.has(value);
  }

  /** The values that the graph's own nodes put together to this one, also those of which nothing is left. */
  sourcesOf(value: Value): Set<Value> {
    if (!this.isVirtual(value)) return new Set([value]);
    let sources = this.sources.get(value);
    if (!sources) {
      sources = new Set<Value>();
      for (const input of value.producer!.inputs) {
        for (const source of this.sourcesOf(input!)) sources.add(source);
      }
      this.sources.set(value, sources);
    }
    return sources;
  }

  /** The channels of a value [N, C, ...]; null where its images have different ones, or other sizes. */
  channelsOf(value: Value): Channels | null {
    let channels = this.channels.get(value);
    if (channels === undefined) {
      channels = this.findChannels(value, this.planes.get(value));
      this.channels.set(value, channels);
    }
    return channels;
  }

  private findChannels(value: Value, planes: Planes | undefined): Channels | null {
    const [images, count] = value.shape;
    if (!planes) {
      return {
        owners: new Array<Value>(count).fill(value),
        channels: Array.from({ length: count }, (_, c) => c),
      };
    }
    const owners = planes.owners.slice(0, count);
    const channels = planes.numbers.slice(0, count);
    for (let c = 0; c < count; c++) {
      const { shape } = owners[c];
      if (shape[0] !== images || channels[c] >= shape[1] || !sameTail(shape, value.shape)) {
        return null;
      }
      for (let n = 1; n < images; n++) {
        const at = n * count + c;
        if (planes.owners[at] !== owners[c]) return null;
        if (planes.numbers[at] !== n * shape[1] + channels[c]) return null;
      }
    }
    return { owners, channels };
  }

  private follow(node: Node): Planes | null {
    switch (node.op) {
      case "slice":
        return this.followSlice(node);
      case "concat":
        return this.followConcat(node);
      case "reshape":
        return this.followReshape(node);
      case "transpose":
        return this.followTranspose(node);
      default:
        return null;
    }
  }

  /** The planes of an operand of a node that may be structural; null where it has none. */
  private of(value: Value): Planes | null {
    const known = this.planes.get(value);
    if (known) return known;
    if (value.shape.length < 2 || sizeOf(value.shape) === 0) return null;
    const count = value.shape[0] * value.shape[1];
    return {
      owners: new Array<Value>(count).fill(value),
      numbers: Array.from({ length: count }, (_, i) => i),
      area: sizeOf(value.shape) / count,
    };
  }

  private followSlice(node: Extract<Node, { op: "slice" }>): Planes | null {
    const x = node.inputs[0]!;
    const planes = this.of(x);
    const rank = planes && leadingRank(x.shape, planes.area);
    if (!planes || rank === null) return null;
    let picked = indices(sizeOf(x.shape.slice(0, rank)));
    const sizes = [...x.shape.slice(0, rank)];
    const { axes, starts, steps } = node.attributes;
    for (const [i, axis] of axes.entries()) {
      const at = normalizeAxis(axis, x.shape.length, "slice");
      const count = node.attributes.sizes[i];
      if (at >= rank) {
        if (starts[i] !== 0 || count !== x.shape[at] || steps[i] !== 1) return null;
        continue;
      }
      const wanted = Array.from({ length: count }, (_, k) => starts[i] + k * steps[i]);
      picked = pick(picked, sizes, at, wanted);
      sizes[at] = count;
    }
    return select(planes, picked);
  }

  private followConcat(node: Extract<Node, { op: "concat" }>): Planes | null {
    const [y] = node.outputs;
    const pieces = node.inputs.map((value) => this.of(value!));
    const area = pieces[0]?.area ?? 0;
    const rank = area > 0 ? leadingRank(y.shape, area) : null;
    const axis = normalizeAxis(node.attributes.axis, y.shape.length, "concat");
    if (rank === null || axis >= rank) return null;
    const outer = sizeOf(y.shape.slice(0, axis));
    const owners: Value[] = [];
    const numbers: number[] = [];
    for (let o = 0; o < outer; o++) {
      for (const piece of pieces) {
        if (piece?.area !== area) return null;
        const run = piece.owners.length / outer;
        for (let i = o * run; i < (o + 1) * run; i++) {
          owners.push(piece.owners[i]);
          numbers.push(piece.numbers[i]);
        }
      }
    }
    return { owners, numbers, area };
  }

  private followReshape(node: Extract<Node, { op: "reshape" }>): Planes | null {
    const planes = this.of(node.inputs[0]!);
    return planes && leadingRank(node.outputs[0].shape, planes.area) !== null ? planes : null;
  }

  private followTranspose(node: Extract<Node, { op: "transpose" }>): Planes | null {
    const x = node.inputs[0]!;
    const planes = this.of(x);
    const rank = planes && leadingRank(x.shape, planes.area);
    if (!planes || rank === null) return null;
    const { perm } = node.attributes;
    if (perm.some((axis, i) => i >= rank && axis !== i)) return null;
    return select(planes, permuted(x.shape.slice(0, rank), perm.slice(0, rank)));
  }
}

/** Axes before those that make up a plane; null where no axis begins one. */
function leadingRank(shape: readonly number[], area: number): number | null {
  let size = 1;
  for (let rank = shape.length; rank >= 0; rank--) {
    if (size === area) return rank;
    if (rank === 0 || size > area) return null;
    size *= shape[rank - 1];
  }
  return null;
}

function sameTail(a: readonly number[], b: readonly number[]): boolean {
  const [tailA, tailB] = [a.slice(2), b.slice(2)];
  if (tailA.length === tailB.length) return tailA.every((size, i) => size === tailB[i]);
  return sizeOf(tailA) === 1 && sizeOf(tailB) === 1;
}

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function select({ owners, numbers, area }: Planes, picked: readonly number[]): Planes {
  return { owners: picked.map((i) => owners[i]), numbers: picked.map((i) => numbers[i]), area };
}

/** Of a row-major list of these sizes, the entries whose index on `axis` is wanted. */
function pick(
  list: readonly number[],
  sizes: readonly number[],
  axis: number,
  wanted: readonly number[],
): number[] {
  const inner = sizeOf(sizes.slice(axis + 1));
  const outer = sizeOf(sizes.slice(0, axis));
  const result: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (const index of wanted) {
      const start = (o * sizes[axis] + index) * inner;
      for (let i = 0; i < inner; i++) result.push(list[start + i]);
    }
  }
  return result;
}

/** The row-major indices of a tensor of these sizes, in the order of its transpose. */
function permuted(sizes: readonly number[], perm: readonly number[]): number[] {
  const strides = sizes.map((_, axis) => sizeOf(sizes.slice(axis + 1)));
  let result = [0];
  for (const axis of perm) {
    result = result.flatMap((start) =>
      Array.from({ length: sizes[axis] }, (_, i) => start + i * strides[axis]),
    );
  }
  return result;
}
