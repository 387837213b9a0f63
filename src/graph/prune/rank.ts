/** Orders classes of channels by how much they matter. */
import type { ChannelClasses, Channels } from "./classes.ts";
import { scoreClasses } from "./scores.ts";

/** Infinity for classes that must stay, among them those on which the criterion says nothing. */
export function scorer(classes: ChannelClasses, scores: Float64Array): (name: number) => number {
  const joint = scoreClasses(classes, scores);
  return (name) => (classes.isPinned(name) || Number.isNaN(joint[name]) ? Infinity : joint[name]);
}

/** Best first: what must stay, then by falling score; equal ones in the order of the graph. */
export function rank(names: Channels, score: (name: number) => number): number[] {
  return [...names].sort((a, b) => {
    const [p, q] = [score(a), score(b)];
    return p === q ? a - b : q - p;
  });
}
