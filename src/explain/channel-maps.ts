/** Channel maps as people can read them. */
import type { Graph } from "../graph/graph.ts";
import type { ChannelMap } from "./explanation.ts";

/** Of the values whose channels a pass has moved. */
export function channelMapsOf({ nodes }: Graph): ChannelMap[] {
  return nodes
    .flatMap(({ outputs }) => outputs)
    .flatMap(({ name, lanes }) => (lanes ? [describeLanes(name, lanes)] : []));
}

export function describeLanes(value: string, lanes: readonly number[]): ChannelMap {
  const blocks = blocksOf(lanes);
  const channels = blocks.reduce((sum, block) => sum + block.length, 0);
  const sizes = blocks.map(({ length }) => length).join(" | ");
  return {
    value,
    channels,
    lanes: [...lanes],
    summary: `${channels} channels in ${lanes.length} lanes: ${sizes}`,
    order: blocks.map(formatBlock).join(" | "),
  };
}

/** What lies together: lanes up to one without a channel, or to a quad where the order begins anew. */
function blocksOf(lanes: readonly number[]): number[][] {
  const blocks: number[][] = [];
  lanes.forEach((channel, lane) => {
    if (channel < 0) return;
    const before = lanes[lane - 1] ?? -1;
    const isNew = before < 0 || (lane % 4 === 0 && channel < before);
    if (isNew) blocks.push([]);
    blocks.at(-1)!.push(channel);
  });
  return blocks;
}

/** `0, 2 .. 56`: channels at one distance from each other are told by the first two and the last. */
function formatBlock(channels: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < channels.length;) {
    const step = channels[at + 1] - channels[at];
    let end = at + 1;
    while (end < channels.length && channels[end] - channels[end - 1] === step) end++;
    if (end - at < 4) parts.push(String(channels[at++]));
    else {
      const second = step === 1 ? "" : `, ${channels[at + 1]}`;
      parts.push(`${channels[at]}${second} .. ${channels[end - 1]}`);
      at = end;
    }
  }
  return parts.join(", ");
}
