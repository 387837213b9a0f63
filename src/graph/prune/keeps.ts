/** Keep-sets: which output channels of each layer stay, and what follows from that for all others. */
import { GraphError } from "../errors.ts";
import { nearestName } from "../nearest.ts";
import type { Channels } from "./classes.ts";
import type { Stays } from "./cut.ts";
import type { Count, Follower, Layer } from "./follower.ts";

/**
 * The output channels that stay, in ascending order, by the name of the convolution or linear
 * layer. A layer that is absent follows those whose channels it shares, and is otherwise whole.
 */
export type KeepSets = ReadonlyMap<string, readonly number[]>;

/** @throws GraphError when no layer has that name */
export function layersCalled(
  names: Iterable<string>,
  { layers }: Follower,
): { name: string; layer: Layer }[] {
  return [...names].map((name) => {
    const layer = layers.find((each) => each.name === name);
    if (layer) return { name, layer };
    const nearest = nearestName(
      name,
      layers.map((each) => each.name),
    );
    throw new GraphError(
      `prune: no layer "${name}" has channels that can be followed` +
        (nearest === null ? "" : `, nearest "${nearest}"`),
    );
  });
}

function checkKeep(name: string, keep: readonly number[], { length }: Channels): void {
  const bad = keep.find(
    (channel) => !Number.isInteger(channel) || channel < 0 || channel >= length,
  );
  if (bad !== undefined) {
    throw new GraphError(
      `prune: the keep-set of "${name}" has channel ${bad}, but the layer has ${length} channels`,
    );
  }
}

/** The classes that are removed, each with the layer and channel that says so. */
function removedClasses(
  follower: Follower,
  named: readonly { layer: Layer; keep: ReadonlySet<number> }[],
): Map<number, string> {
  const removed = new Map<number, string>();
  for (const { layer, keep } of named) {
    layer.channels.forEach((channel, i) => {
      const where = `channel ${i} of "${layer.name}"`;
      if (keep.has(i)) return;
      if (follower.classes.isPinned(channel)) {
        throw new GraphError(
          `prune: ${where} must stay, because an output or an operator that mixes channels reads it`,
        );
      }
      removed.set(follower.classes.classOf(channel), where);
    });
  }
  for (const { layer, keep } of named) {
    layer.channels.forEach((channel, i) => {
      const other = keep.has(i) && removed.get(follower.classes.classOf(channel));
      if (!other) return;
      throw new GraphError(
        `prune: ${other} is removed and channel ${i} of "${layer.name}" is kept, but the graph ` +
          `needs both or none`,
      );
    });
  }
  return removed;
}

/**
 * Which channels of the graph stay.
 * @throws GraphError when keep-sets contradict each other or the graph
 */
export function resolveKeeps(follower: Follower, keeps: KeepSets): { stays: Stays; count: Count } {
  const named = layersCalled(keeps.keys(), follower).map(({ name, layer }) => {
    const keep = keeps.get(name) ?? [];
    checkKeep(name, keep, layer.channels);
    return { layer, keep: new Set(keep) };
  });
  const removed = removedClasses(follower, named);
  const stays: Stays = (channel) => !removed.has(follower.classes.classOf(channel));
  const count: Count = (channels) => channels.filter(stays).length;
  for (const { name, groups } of follower.groupings) {
    const counts = groups.map(count);
    if (counts.some((each) => each !== counts[0])) {
      throw new GraphError(
        `prune: the ${groups.length} groups of "${name}" keep ${counts.join(", ")} channels, ` +
          `expected equally many`,
      );
    }
  }
  for (const [value, { channels }] of follower.layouts) {
    if (channels.length > 0 && count(channels) === 0) {
      throw new GraphError(
        `prune: nothing is left of the ${channels.length} channels of "${value.name}"`,
      );
    }
  }
  return { stays, count };
}
