/** Chooses keep-sets by a criterion: one choice for each set of layers that share channels. */
import { GraphError } from "../errors.ts";
import { bundleGroups } from "./bundles.ts";
import { ChannelClasses } from "./classes.ts";
import type { Follower, Layer } from "./follower.ts";
import { layersCalled } from "./keeps.ts";
import type { KeepSets } from "./keeps.ts";
import { rank, scorer } from "./rank.ts";
import { CRITERIA, scoreChannels } from "./scores.ts";
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

/** How many of a number of classes to keep. */
interface Quota {
  readonly ratio: number;
  /** What they are a multiple of, where that many are. */
  readonly step: number;
}

function quotaOf(family: Family, classes: ChannelClasses, options: PruneOptions): Quota {
  const keep = keepOf(family, options);
  const { divisor = 1 } = options;
  const width = channelsPerClass(family, classes);
  const ratio = typeof keep === "number" ? keep : keep.channels / width / family.classes.length;
  return { ratio, step: divisor / greatestCommonDivisor(divisor, width) };
}

function share(all: number, { ratio, step }: Quota): number {
  const wanted = ratio * all;
  if (wanted >= all) return all;
  return Math.min(all, Math.max(1, Math.round(wanted / step)) * step);
}

/**
 * The classes of a family by the layers that have them: layers that share only some channels each
 * keep their part of these and of the others. Those too few to be divided are taken together.
 */
function cohortsOf(family: Family, classes: ChannelClasses, { step }: Quota): number[][] {
  const texts = new Map(family.classes.map((name) => [name, ""]));
  family.layers.forEach(({ channels }, i) => {
    for (const channel of channels) {
      const name = classes.classOf(channel);
      texts.set(name, `${texts.get(name)} ${i}`);
    }
  });
  const cohorts = new Map<string, number[]>();
  for (const [name, text] of texts) cohorts.set(text, [...(cohorts.get(text) ?? []), name]);
  const all = [...cohorts.values()];
  const isLarge = ({ length }: number[]): boolean => length >= 2 * step;
  const small = all.filter((cohort) => !isLarge(cohort)).flat();
  return [...all.filter(isLarge), ...(small.length > 0 ? [small] : [])];
}

/**
 * The keep-sets of all layers.
 * @throws GraphError when an option is not valid or names an unknown layer
 */
export function chooseKeeps(follower: Follower, options: PruneOptions): KeepSets {
  checkOptions(options);
  layersCalled(Object.keys(options.layers ?? {}), follower);
  const scores = scoreChannels(follower, options.criterion ?? "l1");
  const classes = bundleGroups(follower, scores);
  const score = scorer(classes, scores);
  const kept = new Set<number>();
  for (const family of familiesOf(follower, classes)) {
    const quota = quotaOf(family, classes, options);
    for (const cohort of cohortsOf(family, classes, quota)) {
      const least = share(cohort.length, quota);
      rank(cohort, score).forEach((name, i) => {
        if (i < least || score(name) === Infinity) kept.add(name);
      });
    }
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
