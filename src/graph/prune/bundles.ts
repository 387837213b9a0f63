/** Joins channels so that the groups of every grouped convolution keep equally many of them. */
import { splitIntoBalanced } from "./balance.ts";
import type { Scale } from "./balance.ts";
import { ChannelClasses } from "./classes.ts";
import type { Follower, Grouping } from "./follower.ts";
import { rank, scorer } from "./rank.ts";

/** How many channels of each class a group has. */
type Members = ReadonlyMap<number, number>;

function membersOf({ groups }: Grouping, classes: ChannelClasses): Members[] {
  return groups.map((channels) => {
    const members = new Map<number, number>();
    for (const channel of channels) {
      const name = classes.classOf(channel);
      members.set(name, (members.get(name) ?? 0) + 1);
    }
    return members;
  });
}

/** Groupings that have classes in common, directly or by others. */
function connected(groupings: readonly (readonly Members[])[]): (readonly Members[])[][] {
  const first = new Map<number, number>();
  const joined = new ChannelClasses();
  const numbers = joined.fresh(groupings.length);
  groupings.forEach((groups, i) => {
    for (const name of groups.flatMap((members) => [...members.keys()])) {
      joined.unite([numbers[i]], [first.get(name) ?? numbers[i]]);
      first.set(name, numbers[i]);
    }
  });
  const parts = new Map<number, (readonly Members[])[]>();
  groupings.forEach((groups, i) => {
    const name = joined.classOf(numbers[i]);
    parts.set(name, [...(parts.get(name) ?? []), groups]);
  });
  return [...parts.values()];
}

/** Classes by what they add to each group: those of one kind are interchangeable. */
function kindsOf(groups: readonly Members[]): number[][] {
  const texts = new Map<number, string[]>();
  groups.forEach((members, i) => {
    for (const [name, count] of members) {
      texts.set(name, [...(texts.get(name) ?? []), `${i}:${count}`]);
    }
  });
  const kinds = new Map<string, number[]>();
  for (const [name, text] of texts) {
    const key = text.join();
    kinds.set(key, [...(kinds.get(key) ?? []), name]);
  }
  return [...kinds.values()];
}

/** Each group against the first. */
function scalesOf(groups: readonly Members[], kinds: readonly (readonly number[])[]): Scale[] {
  const count = (group: Members, [name]: readonly number[]): number => group.get(name) ?? 0;
  return groups.slice(1).map((group) => {
    const weights = kinds.map((kind) => count(group, kind) - count(groups[0], kind));
    return new Map([...weights.entries()].filter(([, weight]) => weight !== 0));
  });
}

/**
 * Copies of the classes, joined into bundles of which any number can be removed: all groups of a
 * convolution then lose equally many channels. Bundles are as small as the graph allows, and the
 * best channels of each group come into bundles with the best of the others.
 */
export function bundleGroups(follower: Follower, scores: Float64Array): ChannelClasses {
  const classes = new ChannelClasses(follower.classes);
  const score = scorer(classes, scores);
  const groupings = follower.groupings.map((grouping) => membersOf(grouping, classes));
  for (const part of connected(groupings)) {
    const kinds = kindsOf(part.flat()).map((names) => rank(names, score));
    const sets = splitIntoBalanced(
      kinds.map(({ length }) => length),
      part.flatMap((groups) => scalesOf(groups, kinds)),
    );
    const next = kinds.map(() => 0);
    for (const set of sets) {
      const [first, ...others] = set.flatMap((count, kind) => {
        next[kind] += count;
        return kinds[kind].slice(next[kind] - count, next[kind]);
      });
      for (const other of others) classes.unite([first], [other]);
    }
  }
  return classes;
}
