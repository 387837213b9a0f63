/** The feature pyramid network: coarse features handed down to finer ones. */
import type { Value } from "../graph/graph.ts";
import { add, convolve } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface FeaturePyramidOptions {
  /** Of every level; 256 by default. */
  readonly outChannels?: number;
  /** Levels; those beyond the inputs take every other pixel of the level before. */
  readonly levels?: number;
}

/** x in the height and width of another value, by nearest neighbour. */
export function upsampleTo(scope: Scope, x: Value, target: Value): Value {
  const size = [target.shape[2], target.shape[3]] as const;
  return scope.builder.op(
    "resize",
    [x],
    { mode: "nearest", size, coordinates: "asymmetric", rounding: "floor" },
    scope.name("upsample"),
  );
}

/**
 * Lin, Dollár, Girshick, He, Hariharan, Belongie: Feature Pyramid Networks for Object Detection,
 * arXiv 1612.03144, section 3 and figure 3. Names and the further levels follow mmdetection
 * (`fpn.py`, defaults): biases, neither batch norms nor activations.
 *
 *     C_i [N, C_i, H_i, W_i], finest first -> 1x1 [N, 256, ., .]
 *       -> from the coarsest on: + the level above, upsampled -> 3x3: P_i [N, 256, H_i, W_i]
 */
export function featurePyramid(
  scope: Scope,
  features: readonly Value[],
  { outChannels = 256, levels = features.length }: FeaturePyramidOptions = {},
): Value[] {
  const merged = features.map((feature, i) =>
    convolve(scope.at(`lateral_convs.${i}.conv`), feature, { outChannels }),
  );
  for (let i = merged.length - 2; i >= 0; i--) {
    const level = scope.at("top_down").at(i);
    merged[i] = add(level, merged[i], upsampleTo(level, merged[i + 1], merged[i]));
  }
  const pyramid = merged.map((level, i) =>
    convolve(scope.at(`fpn_convs.${i}.conv`), level, { outChannels, kernel: 3 }),
  );
  const window = { kernel: [1, 1], stride: [2, 2] } as const;
  for (let i = pyramid.length; i < levels; i++) {
    pyramid.push(scope.builder.maxPool2d(pyramid[i - 1], window, scope.name(`extra${i}`)));
  }
  return pyramid;
}
