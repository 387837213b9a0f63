/** Layers that no keep-set can make smaller. */
import { bundleGroups } from "./bundles.ts";
import type { Follower } from "./follower.ts";

/** Names of the layers of which every channel must stay. */
export function wholeLayers(follower: Follower): string[] {
  const classes = bundleGroups(follower, new Float64Array(follower.classes.size));
  const needed = new Set<number>();
  for (const { channels } of follower.layouts.values()) {
    const names = new Set(channels.map((channel) => classes.classOf(channel)));
    // A value is not left without channels.
    if (names.size === 1) for (const name of names) needed.add(name);
  }
  const stays = (channel: number): boolean => {
    return classes.isPinned(channel) || needed.has(classes.classOf(channel));
  };
  return follower.layers.filter(({ channels }) => channels.every(stays)).map(({ name }) => name);
}
