/** Switches of the compiler: each fusion can be turned off, to see and to time what it does. */

export interface FusionSwitches {
  /** Batch norm, per-channel scales and biases go into the weights of the convolution before them. */
  readonly batchNorm: boolean;
  /** Zero padding goes into the convolution after it. */
  readonly padding: boolean;
  /** Formulas of several nodes become one activation: hard-swish, SiLU, hard-sigmoid. */
  readonly activationPattern: boolean;
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
  activation: true,
  residual: true,
  load: true,
  view: true,
};

export interface CompileOptions {
  readonly fuse?: Partial<FusionSwitches>;
}
