/** Stage of activations that numbers tell: see bounded.wgsl. */
import type { Stage } from "../kernel.ts";
import source from "./bounded.wgsl?raw";

/** `swish` 1: times relu6(x + 3) * `scale`; else `scale` is 1. Bounds may be infinite. */
export interface Bounds extends Readonly<Record<string, number>> {
  readonly low: number;
  readonly high: number;
  readonly swish: number;
  readonly scale: number;
}

/** The stage changes nothing with these. */
export const UNBOUNDED: Bounds = { low: -Infinity, high: Infinity, swish: 0, scale: 1 };

/** `hardSwish`: whether the shader can compute that too. */
export function boundedStage(values: Bounds, hardSwish: boolean): Stage {
  return {
    name: "activation/bounded",
    files: { "activation/bounded": source },
    consts: { HARD_SWISH: hardSwish },
    params: [
      ["low", "f32"],
      ["high", "f32"],
      ["swish", "u32"],
      ["scale", "f32"],
    ],
    values,
  };
}
