/** Places the nodes of a graph in layers from top to bottom, and long edges in lanes beside them. */
import type { GraphSnapshot, NodeSnapshot } from "./explanation.ts";

export const BOX = { width: 196, height: 34, across: 14, down: 26 } as const;
const LANE = 7;

export interface PlacedNode {
  /** Null for an input of the graph. */
  readonly node: NodeSnapshot | null;
  readonly name: string;
  readonly shape: readonly number[];
  readonly x: number;
  readonly y: number;
}

/** From the bottom of a box to the tops of others. */
export interface PlacedEdge {
  readonly path: string;
}

export interface Drawing {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

/** A value with those that read it, by index. */
interface Link {
  readonly from: number;
  readonly to: readonly number[];
}

export function layOut(graph: GraphSnapshot): Drawing {
  const links = linksOf(graph);
  const count = graph.inputs.length + graph.nodes.length;
  const layers = layersOf(graph.inputs.length, count, links);
  const places = placesOf(layers, links);
  const nodes = [
    ...graph.inputs.map((value) => ({ node: null, name: value.name, shape: value.shape })),
    ...graph.nodes.map((node) => ({ node, name: node.name, shape: node.outputs[0].shape })),
  ].map((node, i) => ({ ...node, ...places.at[i] }));
  const { edges, lanes } = route(links, layers, places.at, places.width);
  const width = places.width + (lanes > 0 ? (lanes + 2) * LANE : 0);
  const height = (Math.max(0, ...layers) + 1) * (BOX.height + BOX.down) - BOX.down;
  return { nodes, edges, width, height };
}

/** Inputs of the graph come first, then its nodes. */
function linksOf({ inputs, nodes }: GraphSnapshot): Link[] {
  const producers = new Map<number, number>();
  inputs.forEach(({ id }, i) => producers.set(id, i));
  const readers = new Map<number, number[]>();
  nodes.forEach((node, i) => {
    const at = inputs.length + i;
    for (const { id } of node.outputs) producers.set(id, at);
    for (const id of new Set(node.inputs)) readers.set(id, [...(readers.get(id) ?? []), at]);
  });
  return [...readers].flatMap(([id, to]) => {
    const from = producers.get(id);
    return from === undefined ? [] : [{ from, to }];
  });
}

/**
 * Each node one below the lowest that it reads; one that is read far below stands above its reader
 * instead, unless it reads nothing: so slices stand beside each other only where they are read together.
 */
function layersOf(inputs: number, count: number, links: readonly Link[]): number[] {
  const sources: number[][] = Array.from({ length: count }, () => []);
  const readers: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of links) {
    readers[from].push(...to);
    for (const reader of to) sources[reader].push(from);
  }
  const layers: number[] = [];
  for (const list of sources) {
    layers.push(list.length === 0 ? 0 : 1 + Math.max(...list.map((i) => layers[i])));
  }
  for (let i = count - 1; i >= inputs; i--) {
    if (readers[i].length > 0)
      layers[i] = Math.min(...readers[i].map((reader) => layers[reader])) - 1;
  }
  return layers;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The nodes of a layer side by side, in the order of what they read, around the middle. */
function placesOf(
  layers: readonly number[],
  links: readonly Link[],
): { at: Point[]; width: number } {
  const rows: number[][] = [];
  layers.forEach((layer, i) => (rows[layer] ??= []).push(i));
  const widest = Math.max(1, ...rows.map((row) => row.length));
  const width = widest * (BOX.width + BOX.across) - BOX.across;
  const sources = new Map<number, number[]>();
  for (const { from, to } of links) {
    for (const reader of to) sources.set(reader, [...(sources.get(reader) ?? []), from]);
  }
  const at: Point[] = [];
  rows.forEach((row, layer) => {
    const middle = (i: number): number => {
      const list = sources.get(i) ?? [];
      return list.reduce((sum, source) => sum + at[source].x, 0) / Math.max(1, list.length);
    };
    const sorted = row
      .map((i) => [middle(i), i] as const)
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const left = (width - (row.length * (BOX.width + BOX.across) - BOX.across)) / 2;
    sorted.forEach(([, i], k) => {
      at[i] = { x: left + k * (BOX.width + BOX.across), y: layer * (BOX.height + BOX.down) };
    });
  });
  return { at, width };
}

/** Short edges go straight down; a value that is read further below has a lane at the right. */
function route(
  links: readonly Link[],
  layers: readonly number[],
  at: readonly Point[],
  width: number,
): { edges: PlacedEdge[]; lanes: number } {
  /** By lane, the layer down to which it is taken. */
  const taken: number[] = [];
  const edges: PlacedEdge[] = [];
  for (const { from, to } of [...links].sort((a, b) => layers[a.from] - layers[b.from])) {
    const start = { x: at[from].x + BOX.width / 2, y: at[from].y + BOX.height };
    const far = to.filter((reader) => layers[reader] > layers[from] + 1);
    for (const reader of to) {
      if (!far.includes(reader)) edges.push({ path: straight(start, at[reader]) });
    }
    if (far.length === 0) continue;
    const end = Math.max(...far.map((reader) => layers[reader]));
    let lane = taken.findIndex((last) => last < layers[from]);
    if (lane < 0) lane = taken.length;
    taken[lane] = end;
    // Those that cross the same gap lie at different heights.
    const step = 5 + (lane % 4) * 4;
    const x = width + (lane + 1.5) * LANE;
    const readers = far.map((reader) => at[reader]);
    edges.push({ path: rail(start, step, x, readers) });
  }
  return { edges, lanes: taken.length };
}

function straight(from: Point, to: Point): string {
  const x = to.x + BOX.width / 2;
  const half = BOX.down / 2;
  return `M${from.x} ${from.y}C${from.x} ${from.y + half} ${x} ${to.y - half} ${x} ${to.y}`;
}

function rail(from: Point, step: number, x: number, readers: readonly Point[]): string {
  const top = from.y + step;
  const taps = readers.map((to) => {
    const y = to.y - BOX.down + step;
    // To the right of the middle, where short edges arrive.
    const end = to.x + BOX.width * 0.75;
    return `M${x} ${y}H${end}V${to.y}`;
  });
  const bottom = Math.max(...readers.map((to) => to.y - BOX.down + step));
  return `M${from.x + BOX.width / 4} ${from.y}V${top}H${x}V${bottom}${taps.join("")}`;
}
