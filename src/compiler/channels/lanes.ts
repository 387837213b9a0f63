/** Lists of the channels that lie in the lanes of a value. */

/** Physical lanes of a value: the logical channel in each, -1 where there is none. */
export type Lanes = readonly number[];

export function isLogical(lanes: Lanes, count: number): boolean {
  return lanes.length === count && lanes.every((channel, lane) => channel === lane);
}

export function sameLanes(a: Lanes, b: Lanes): boolean {
  return a === b || (a.length === b.length && a.every((channel, lane) => channel === b[lane]));
}

/** By channel, its lane. */
export function inverseOf(lanes: Lanes): Int32Array {
  const inverse = new Int32Array(lanes.length);
  lanes.forEach((channel, lane) => {
    if (channel >= 0) inverse[channel] = lane;
  });
  return inverse;
}

/** Null where a quad holds channels of two groups, or groups do not follow each other. */
export function fillGroups(lanes: Lanes, channels: number, groups: number): Lanes | null {
  const size = channels / groups;
  const parts: number[][] = Array.from({ length: groups }, () => []);
  let current = 0;
  for (let start = 0; start < lanes.length; start += 4) {
    const quad = lanes.slice(start, start + 4);
    const of = new Set(quad.filter((c) => c >= 0).map((c) => Math.floor(c / size)));
    const [group = current] = of;
    if (of.size > 1 || group < current) return null;
    current = group;
    parts[group].push(...quad);
  }
  const most = Math.max(...parts.map(({ length }) => length));
  return parts.flatMap((part) => [...part, ...new Array<number>(most - part.length).fill(-1)]);
}
