/** What following the channels through a graph finds out; the rules of the operators write it. */
import type { OperatorAttributes, OperatorName } from "../attributes.ts";
import type { Graph, Node, NodeOf, Value } from "../graph.ts";
import { sizeOf } from "../tensor.ts";
import { ChannelClasses } from "./classes.ts";
import type { Channels } from "./classes.ts";

/** Which channels lie along one axis of a value. Values without a layout are whole. */
export interface Layout {
  readonly axis: number;
  readonly channels: Channels;
}

/** How many of these channels stay. */
export type Count = (channels: Channels) => number;

/**
 * A constant that loses channels, seen as [groups, rows, columns, rest]: the channels of rows and
 * columns are listed group by group.
 */
export interface Cut {
  readonly node: Node;
  /** Position of the constant among the node's inputs. */
  readonly input: number;
  readonly view: readonly [groups: number, rows: number, columns: number, rest: number];
  readonly rows: { readonly axis: number; readonly channels: Channels } | null;
  readonly columns: { readonly axis: number; readonly channels: Channels } | null;
  /** Whether a mask writes zeros there. */
  readonly masked: boolean;
}

/** A node that makes channels, or for a depthwise convolution filters them one by one. */
export interface Layer {
  readonly name: string;
  readonly channels: Channels;
  readonly weight: Cut;
  /** The side of the weight on which `channels` lie. */
  readonly side: "rows" | "columns";
}

/** Lists of channels, one for each group of a convolution, of which equally many must stay. */
export interface Grouping {
  readonly name: string;
  readonly groups: readonly Channels[];
}

export class Follower {
  readonly classes = new ChannelClasses();
  readonly layouts = new Map<Value, Layout>();
  readonly layers: Layer[] = [];
  readonly cuts: Cut[] = [];
  readonly groupings: Grouping[] = [];
  /** The scales of batch norms. */
  readonly norms: { readonly gamma: Value; readonly channels: Channels }[] = [];
  private readonly resized = new Map<Node, (count: Count) => unknown>();
  private readonly readers = new Map<Value, number>();

  constructor(graph: Graph) {
    for (const value of graph.nodes.flatMap((node) => node.inputs)) {
      if (value) this.readers.set(value, (this.readers.get(value) ?? 0) + 1);
    }
  }

  /** Says which channels an output has. */
  lay(value: Value, axis: number, channels: Channels): void {
    this.layouts.set(value, { axis, channels });
  }

  /** The channels of a value stay. */
  pin(value: Value | null): void {
    const layout = value && this.layouts.get(value);
    if (layout) this.classes.pin(layout.channels);
  }

  /** The channels along `axis`; a value that has them along another is pinned. */
  along(value: Value | null, axis: number): Channels | null {
    const layout = value && this.layouts.get(value);
    if (layout?.axis === axis) return layout.channels;
    this.pin(value);
    return null;
  }

  /** In how many groups a convolution made or read exactly these channels; 1 if none did. */
  groupsOf(channels: Channels): number {
    const found = this.groupings.findLast(
      ({ groups }) =>
        groups[0][0] === channels[0] && groups.length * groups[0].length === channels.length,
    );
    return found?.groups.length ?? 1;
  }

  /** A constant will lose channels. What several nodes read stays whole, and so do its channels. */
  cut(cut: Cut): Cut {
    const value = cut.node.inputs[cut.input];
    if (value && this.readers.get(value) !== 1) {
      for (const side of [cut.rows, cut.columns]) if (side) this.classes.pin(side.channels);
    }
    this.cuts.push(cut);
    return cut;
  }

  /** A constant will lose channels along one axis. */
  cutAxis(node: Node, input: number, layout: Layout, masked = false): void {
    const { axis } = layout;
    const shape = node.inputs[input]?.shape ?? [];
    const view = [1, sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))];
    const columns = layout;
    this.cut({ node, input, view: view as never, rows: null, columns, masked });
  }

  /** The attributes of a node depend on how many channels stay. */
  resize<K extends OperatorName>(
    node: NodeOf<K>,
    attributes: (count: Count) => OperatorAttributes[K],
  ): void {
    this.resized.set(node as unknown as Node, attributes);
  }

  attributesOf(node: Node, count: Count): Node["attributes"] {
    const resized = this.resized.get(node);
    return resized ? (resized(count) as Node["attributes"]) : node.attributes;
  }
}
