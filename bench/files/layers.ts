/** Layers over [N, H, W, C]: what is written as TensorFlow Lite or TensorFlow.js. */
import type { Window } from "./window.ts";

export type Activation = "none" | "relu" | "relu6";

export type Operation =
  | Convolution
  | { readonly op: "linear"; /** [out, in] */ readonly weight: Edge; readonly bias: Edge }
  | { readonly op: "maxPool" | "averagePool"; readonly window: Window }
  | { readonly op: "mean" | "hardSwish" | "sigmoid" | "silu" | "softmax" }
  | { readonly op: "reshape" | "activation" }
  | BatchNorm
  | { readonly op: "concat"; readonly axis: number }
  | { readonly op: "transpose"; readonly perm: readonly number[] }
  /** Equal parts along an axis, in order; `output` is the first. */
  | { readonly op: "split"; readonly axis: number; readonly outputs: readonly Edge[] }
  | { readonly op: "slice"; readonly starts: readonly number[]; readonly sizes: readonly number[] }
  | { readonly op: "add" | "mul" };

export interface Convolution {
  readonly op: "conv" | "depthwise";
  /** [out, kernel h, kernel w, in / groups] or, depthwise, [1, kernel h, kernel w, channels] */
  readonly weight: Edge;
  readonly bias: Edge;
  readonly window: Window;
  /** Of a "conv". */
  readonly groups: number;
}

/** (x - mean) / sqrt(variance + epsilon) * gamma + beta, each [C]. */
export interface BatchNorm {
  readonly op: "batchNorm";
  readonly gamma: Edge;
  readonly beta: Edge;
  readonly mean: Edge;
  readonly variance: Edge;
  readonly epsilon: number;
}

/** A tensor between layers, or with `data` a constant. */
export interface Edge {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data?: Float32Array;
}

export type Layer = Operation & {
  readonly name: string;
  readonly inputs: readonly Edge[];
  output: Edge;
  activation: Activation;
};

export interface Layers {
  readonly input: Edge;
  readonly layers: readonly Layer[];
  readonly output: Edge;
}

/** What pads a maximum: no value is less. Infinity is no number of JSON, and of some shaders none. */
export const LOWEST = -3.4028234663852886e38;
