/** What the compiler may be told: which fusions to leave out, how to store numbers. */
import type { Elements, Precision } from "../shaders/elements.ts";

/** Each fusion can be turned off, to see and to time what it does. */
export interface FusionSwitches {
  /** Batch norm, per-channel scales and biases go into the weights of the convolution before them. */
  readonly batchNorm: boolean;
  /** Zero padding goes into the convolution after it. */
  readonly padding: boolean;
  /** Formulas of several nodes become one activation: hard-swish, SiLU, hard-sigmoid. */
  readonly activationPattern: boolean;
  /** Convolutions of one value become one: Fire's expansions, the 1x1 convolutions of Inception. */
  readonly branches: boolean;
  /** Functions of one value ride on the store of the kernel that computes it. */
  readonly activation: boolean;
  /** Functions of two values, such as a residual add, ride on the store likewise. */
  readonly residual: boolean;
  /** Gates and affine functions ride on the load of a pointwise convolution. */
  readonly load: boolean;
  /** Producers write into their slots of a concatenation; slices are views. */
  readonly view: boolean;
}

export const ALL_FUSIONS: FusionSwitches = {
  batchNorm: true,
  padding: true,
  activationPattern: true,
  branches: true,
  activation: true,
  residual: true,
  load: true,
  view: true,
};

export interface CompileOptions {
  readonly fuse?: Partial<FusionSwitches>;
  /**
   * How activations and weights are stored; kernels compute in f32. `f16` halves the memory, needs
   * a device with `shader-f16`, and holds magnitudes up to 65504 only: greater ones become that.
   * `f32` by default.
   */
  readonly precision?: Precision;
}

/** `elements` are those of the precision, which may have to be loaded. */
export interface CompilerInput extends Pick<CompileOptions, "fuse"> {
  readonly elements?: Elements;
}
