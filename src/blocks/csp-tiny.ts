/** The stage of YOLOv4-tiny: one half of the channels is filtered twice, and all are kept. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { channelSlice } from "./split.ts";

export interface CspTinyOptions {
  /** c, even: half of the channels of the output. */
  readonly channels: number;
  readonly activation: UnaryAttributes;
}

/** The features, and before the pool the last 1x1 convolution, which YOLOv4-tiny's neck reads. */
export interface CspTinyOutputs {
  readonly y: Value;
  readonly mixed: Value;
}

/**
 * Wang, Bochkovskiy, Liao: Scaled-YOLOv4, arXiv 2011.08036, section 4.1 (CSPOSANet); layers of
 * AlexeyAB/darknet's `yolov4-tiny.cfg`, in order: a, b, c, d. No residual is added.
 *
 *     x [N, C, H, W] -> a = 3x3 [N, c, H, W] -> b = 3x3 of its last half [N, c/2, H, W]
 *                    -> c = 3x3(b) -> d = 1x1(concat(c, b)) [N, c, H, W]
 *                    -> 2x2 max of concat(a, d) [N, 2c, H/2, W/2]
 */
export function cspTiny(scope: Scope, x: Value, options: CspTinyOptions): CspTinyOutputs {
  const { channels, activation } = options;
  const half = channels / 2;
  const layer = (name: string, value: Value, outChannels: number, kernel: number) =>
    convBnAct(scope.at(name), value, { outChannels, kernel, activation });
  const a = layer("a", x, channels, 3);
  const b = layer("b", channelSlice(scope.at("half"), a, half, half), half, 3);
  const c = layer("c", b, half, 3);
  const mixed = layer("d", scope.builder.concat([c, b], 1, scope.name("inner")), channels, 1);
  const joined = scope.builder.concat([a, mixed], 1, scope.name("concat"));
  return { y: scope.builder.maxPool2d(joined, { kernel: [2, 2] }, scope.name("pool")), mixed };
}
