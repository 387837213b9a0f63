/** How much channels matter, by the criteria of the literature on pruning. */
import type { Channels, ChannelClasses } from "./classes.ts";
import { eachRun } from "./cut.ts";
import type { Follower } from "./follower.ts";

/**
 * `l1`: the sum of |weight| of a filter, as it is stored: without the batch norm after it (Li, Kadav,
 * Durdanovic, Samet, Graf: Pruning filters for efficient ConvNets, arXiv 1608.08710, section 3.1).
 * `gamma`: |scale| of the batch norms that a channel passes (Liu, Li, Shen, Huang, Yan, Zhang:
 * Learning efficient convolutional networks through network slimming, arXiv 1708.06519, section 3).
 */
export const CRITERIA = ["l1", "gamma"] as const;
export type PruneCriterion = (typeof CRITERIA)[number];

/** A score for each channel; NaN where the criterion says nothing. */
export function scoreChannels(follower: Follower, criterion: PruneCriterion): Float64Array {
  const scores = new Float64Array(follower.classes.size).fill(NaN);
  const add = (channel: number, amount: number): void => {
    scores[channel] = (scores[channel] || 0) + Math.abs(amount);
  };
  if (criterion === "gamma") {
    for (const { gamma, channels } of follower.norms) {
      channels.forEach((channel, i) => add(channel, gamma.constant?.data[i] ?? 0));
    }
    return scores;
  }
  for (const { weight, side } of follower.layers) {
    const data = weight.node.inputs[weight.input]?.constant?.data ?? [];
    const channels: Channels = weight[side]?.channels ?? [];
    eachRun({ view: [...weight.view] }, weight.view[3], (row, column, offset) => {
      const channel = channels[side === "rows" ? row : column];
      for (let i = 0; i < weight.view[3]; i++) add(channel, data[offset + i]);
    });
  }
  return scores;
}

/** The joint score of each class: the sum of its channels' scores. */
export function scoreClasses(classes: ChannelClasses, scores: Float64Array): Float64Array {
  const joint = new Float64Array(scores.length).fill(NaN);
  scores.forEach((score, channel) => {
    if (Number.isNaN(score)) return;
    const name = classes.classOf(channel);
    joint[name] = (joint[name] || 0) + score;
  });
  return joint;
}
