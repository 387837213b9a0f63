/** Finds the quads in which the channels lie that a node reads. */
import type { Value } from "../../graph/graph.ts";
import { inverseOf } from "./lanes.ts";
import type { Lanes } from "./lanes.ts";
import type { Channels } from "./planes.ts";

/** Whole quads of a value. */
export interface Segment {
  readonly value: Value;
  readonly firstQuad: number;
  readonly quads: number;
}

/** What a node reads at one of its inputs: quads, and the channel of the input in each of their lanes. */
export interface Read {
  readonly segments: readonly Segment[];
  readonly lanes: Lanes;
}

/** Finds the quads in which the channels of a value lie. */
export class QuadFinder {
  /** Of each channel: its owner's quad and its lane there. */
  private readonly places: {
    readonly value: Value;
    readonly quad: number;
    readonly lane: number;
  }[];

  constructor(
    { owners, channels }: Channels,
    private readonly lanes: ReadonlyMap<Value, Lanes>,
    inverses: Map<Value, Int32Array>,
  ) {
    this.places = owners.map((value, c) => {
      let inverse = inverses.get(value);
      if (!inverse) inverses.set(value, (inverse = inverseOf(lanes.get(value)!)));
      const at = inverse[channels[c]];
      return { value, quad: at >> 2, lane: at & 3 };
    });
  }

  /** For a dense reader: the quads of each group, as many in each. */
  inGroups(groups: number): Read | null {
    const size = this.places.length / groups;
    const runs: Quad[][] = [];
    for (let group = 0; group < groups; group++) {
      const run = this.quadsOf(group * size, (group + 1) * size);
      if (!run) return null;
      runs.push(run);
    }
    const most = Math.max(...runs.map((run) => run.length));
    const quads = runs.flatMap((run) => {
      // Their weights are zero: any quad that is there serves.
      const filler = { ...run[0], channels: [-1, -1, -1, -1] };
      return [...run, ...new Array<Quad>(most - run.length).fill(filler)];
    });
    return asRead(quads, this.lanes);
  }

  /** For a lanewise reader: quads whose channels lie as those of its output do. */
  inOrderOf(order: Lanes): Read | null {
    const quads: Quad[] = [];
    for (let start = 0; start < order.length; start += 4) {
      const channels = [0, 1, 2, 3].map((lane) => order[start + lane] ?? -1);
      const first = channels.find((channel) => channel >= 0);
      if (first === undefined) return null;
      const { value, quad } = this.places[first];
      const isSame = channels.every((channel, lane) => {
        if (channel < 0) return this.laneOf(value, quad, lane) < 0;
        const place = this.places[channel];
        return place.value === value && place.quad === quad && place.lane === lane;
      });
      if (!isSame) return null;
      quads.push({ value, quad, channels });
    }
    const read = asRead(quads, this.lanes);
    // The output may end with its last channel where what is read goes on.
    return read && { ...read, lanes: read.lanes.slice(0, order.length) };
  }

  private laneOf(value: Value, quad: number, lane: number): number {
    return this.lanes.get(value)![quad * 4 + lane] ?? -1;
  }

  /** The quads of some channels; null where a quad holds others too, which would be read with them. */
  private quadsOf(from: number, to: number): Quad[] | null {
    const byPlace = new Map<Value, Map<number, Quad>>();
    const quads: Quad[] = [];
    for (let c = from; c < to; c++) {
      const { value, quad, lane } = this.places[c];
      let ofValue = byPlace.get(value);
      if (!ofValue) byPlace.set(value, (ofValue = new Map<number, Quad>()));
      let known = ofValue.get(quad);
      if (!known) {
        known = { value, quad, channels: [-1, -1, -1, -1] };
        ofValue.set(quad, known);
        quads.push(known);
      }
      // A channel that is read twice would need two columns of weights in one.
      if (known.channels[lane] >= 0) return null;
      known.channels[lane] = c;
    }
    const isWhole = quads.every(({ value, quad, channels }) =>
      channels.every((channel, lane) => channel >= 0 || this.laneOf(value, quad, lane) < 0),
    );
    return isWhole ? inFewestRuns(quads) : null;
  }
}

interface Quad {
  readonly value: Value;
  readonly quad: number;
  /** The reader's channel in each lane, -1 for none. */
  readonly channels: number[];
}

/** The logical order, or where that has fewer runs the order in which the quads lie. */
function inFewestRuns(quads: Quad[]): Quad[] {
  const rank = new Map<Value, number>();
  for (const { value } of quads) if (!rank.has(value)) rank.set(value, rank.size);
  const sorted = [...quads].sort(
    (a, b) => rank.get(a.value)! - rank.get(b.value)! || a.quad - b.quad,
  );
  return countRuns(sorted) < countRuns(quads) ? sorted : quads;
}

function countRuns(quads: readonly Quad[]): number {
  return quads.filter((quad, i) => i === 0 || !follows(quads[i - 1], quad)).length;
}

function follows(a: Quad, b: Quad): boolean {
  return a.value === b.value && a.quad + 1 === b.quad;
}

/** Null where a value ends within a quad and another follows: lanes would be read that it does not have. */
function asRead(quads: readonly Quad[], arranged: ReadonlyMap<Value, Lanes>): Read | null {
  const segments: { value: Value; firstQuad: number; quads: number }[] = [];
  quads.forEach((quad, i) => {
    if (i > 0 && follows(quads[i - 1], quad)) segments.at(-1)!.quads++;
    else segments.push({ value: quad.value, firstQuad: quad.quad, quads: 1 });
  });
  const missing = segments.map(({ value, firstQuad, quads: count }) =>
    Math.max(0, (firstQuad + count) * 4 - arranged.get(value)!.length),
  );
  if (missing.slice(0, -1).some((lanes) => lanes > 0)) return null;
  const lanes = quads.flatMap(({ channels }) => channels);
  return { segments, lanes: lanes.slice(0, lanes.length - missing.at(-1)!) };
}
