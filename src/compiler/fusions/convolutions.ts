/** Convolutions that one kernel computes together: loaded where one of their switches is on. */
import type { LowerTable } from "../lower/lower.ts";
import { depthwisePointwise } from "./depthwise-pointwise.ts";
import { invertedResidual } from "./inverted-residual.ts";
import { mergePointwiseDepthwise } from "./pointwise-depthwise.ts";

export const CONVOLUTIONS: LowerTable = {
  fusions: [invertedResidual, depthwisePointwise],
  mergeGroups: mergePointwiseDepthwise,
};
