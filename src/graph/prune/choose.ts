/** Chooses keep-sets by a criterion: one choice for each set of layers that share channels. */
import { GraphError } from "../errors.ts";
import { ChannelClasses } from "./classes.ts";
import type { Channels } from "./classes.ts";
import type { Follower, Layer } from "./follower.ts";
import { layersCalled } from "./keeps.ts";
import type { KeepSets } from "./keeps.ts";
import { CRITERIA, scoreChannels, scoreClasses } from "./scores.ts";
import type { PruneCriterion } from "./scores.ts";

/** A ratio above 0 and up to 1, or how many channels; a layer that has no more stays whole. */
export type Keep = number | { readonly channels: number };

export interface PruneOptions {
  /** Of each layer; layers that share channels are one. */
  readonly keep: Keep;
  /** What decides which channels stay; `l1` by default. */
  readonly criterion?: PruneCriterion;
  /** Widths are rounded to multiples of it, where the graph allows; 1 by default. */
  readonly divisor?: number;
  /** Other numbers for some layers, by name. `{ classifier: 1 }` leaves a layer whole. */
  readonly layers?: Readonly<Record<string, Keep>>;
}

/** Layers that share channels, and the classes of their channels. */
interface Family {
  readonly layers: Layer[];
  readonly classes: number[];
}

function checkKeep(what: string, keep: Keep): void {
  const isValid =
    typeof keep === "number"
      ? keep > 0 && keep <= 1
      : Number.isInteger(keep.channels) && keep.channels > 0;
  if (isValid) return;
  const given = typeof keep === "number" ? keep : `{ channels: ${keep.channels} }`;
  throw new GraphError(
    `prune: ${what} is ${given}, expected a ratio above 0 and up to 1, or { channels } with a ` +
      `positive integer`,
  );
}

/** @throws GraphError when an option is outside of its range */
function checkOptions({ keep, criterion = "l1", divisor = 1, layers = {} }: PruneOptions): void {
  checkKeep("keep", keep);
  for (const [name, each] of Object.entries(layers)) checkKeep(`keep of "${name}"`, each);
  if (!CRITERIA.includes(criterion)) {
    const known = CRITERIA.map((each) => `"${each}"`).join(" or ");
    throw new GraphError(
      `prune: criterion "${criterion as string}" is not known, expected ${known}`,
    );
  }
  if (!Number.isInteger(divisor) || divisor < 1) {
    throw new GraphError(`prune: divisor is ${divisor}, expected a positive integer`);
  }
}

/** Best first: what must stay, then by falling score; equal ones in the order of the graph. */
function rank(classes: Channels, score: (name: number) => number): number[] {
  return [...classes].sort((a, b) => {
    const [p, q] = [score(a), score(b)];
    return p === q ? a - b : q - p;
  });
}

/** Infinity for classes that must stay, among them those on which the criterion says nothing. */
function scorer(classes: ChannelClasses, scores: Float64Array): (name: number) => number {
  const joint = scoreClasses(classes, scores);
  return (name) => (classes.isPinned(name) || Number.isNaN(joint[name]) ? Infinity : joint[name]);
}

/**
 * Joins the best channel of each group of a convolution, then the second best, and so on: then all
 * groups keep equally many, and each its own best.
 */
function joinGroups(follower: Follower, scores: Float64Array): ChannelClasses {
  const classes = new ChannelClasses(follower.classes);
  for (const { groups } of follower.groupings) {
    const score = scorer(classes, scores);
    const [first, ...others] = groups.map((channels) =>
      rank(
        channels.map((channel) => classes.classOf(channel)),
        score,
      ),
    );
    for (const other of others) classes.unite(first, other);
  }
  return classes;
}

function familiesOf({ layers }: Follower, classes: ChannelClasses): Family[] {
  const joined = new ChannelClasses(classes);
  for (const { channels } of layers) joined.unite(channels.slice(1), channels);
  const families = new Map<number, { layers: Layer[]; classes: Set<number> }>();
  for (const layer of layers) {
    const name = joined.classOf(layer.channels[0]);
    const family = families.get(name) ?? { layers: [], classes: new Set() };
    families.set(name, family);
    family.layers.push(layer);
    for (const channel of layer.channels) family.classes.add(classes.classOf(channel));
  }
  return [...families.values()].map((family) => ({
    layers: family.layers,
    classes: [...family.classes],
  }));
}

/** What the options say of a family. @throws GraphError when its layers are to differ */
function keepOf(family: Family, { keep, layers = {} }: PruneOptions): Keep {
  const named = family.layers.filter(({ name }) => Object.hasOwn(layers, name));
  if (named.length === 0) return keep;
  const text = (layer: Layer): string => JSON.stringify(layers[layer.name]);
  const other = named.find((layer) => text(layer) !== text(named[0]));
  if (!other) return layers[named[0].name];
  throw new GraphError(
    `prune: "${named[0].name}" is to keep ${text(named[0])} and "${other.name}" ${text(other)}, ` +
      `but they share channels`,
  );
}

/** How many channels of its narrowest layer one class stands for. */
function channelsPerClass({ layers }: Family, classes: ChannelClasses): number {
  const counts = layers.map(({ channels }) => {
    const distinct = new Set(channels.map((channel) => classes.classOf(channel)));
    return channels.length / distinct.size;
  });
  return Math.max(1, Math.floor(Math.min(...counts)));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The number of classes to keep. */
function target(family: Family, classes: ChannelClasses, options: PruneOptions): number {
  const keep = keepOf(family, options);
  const { divisor = 1 } = options;
  const all = family.classes.length;
  const width = channelsPerClass(family, classes);
  const step = divisor / greatestCommonDivisor(divisor, width);
  const wanted = typeof keep === "number" ? keep * all : keep.channels / width;
  if (wanted >= all) return all;
  return Math.min(all, Math.max(1, Math.round(wanted / step)) * step);
}

/**
 * The keep-sets of all layers.
 * @throws GraphError when an option is not valid or names an unknown layer
 */
export function chooseKeeps(follower: Follower, options: PruneOptions): KeepSets {
  checkOptions(options);
  layersCalled(Object.keys(options.layers ?? {}), follower);
  const scores = scoreChannels(follower, options.criterion ?? "l1");
  const classes = joinGroups(follower, scores);
  const score = scorer(classes, scores);
  const kept = new Set<number>();
  for (const family of familiesOf(follower, classes)) {
    const least = target(family, classes, options);
    rank(family.classes, score).forEach((name, i) => {
      if (i < least || score(name) === Infinity) kept.add(name);
    });
  }
  keepSome(follower, classes, kept, score);
  return new Map(
    follower.layers.map(({ name, channels }) => [
      name,
      channels.flatMap((channel, i) => (kept.has(classes.classOf(channel)) ? [i] : [])),
    ]),
  );
}

/** No value may lose all of its channels: of a part that would, the best one stays. */
function keepSome(
  { layouts }: Follower,
  classes: ChannelClasses,
  kept: Set<number>,
  score: (name: number) => number,
): void {
  for (const { channels } of layouts.values()) {
    const names = channels.map((channel) => classes.classOf(channel));
    if (names.length > 0 && !names.some((name) => kept.has(name))) kept.add(rank(names, score)[0]);
  }
}
