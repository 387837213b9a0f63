/** What the compiler may be told: which fusions to leave out, how to store numbers. */
import type { Graph } from "../graph/graph.ts";
import type { Elements, Precision } from "../shaders/elements.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";

/** Each fusion can be turned off, or on, to see and to time what it does. */
export interface FusionSwitches {
  /** Batch norm, per-channel scales and biases go into the weights of the convolution before them. */
  readonly batchNorm: boolean;
  /** Zero padding goes into the convolution after it. */
  readonly padding: boolean;
  /** Formulas of several nodes become one activation: hard-swish, SiLU, hard-sigmoid. */
  readonly activationPattern: boolean;
  /** The mean of windows side by side goes into the pointwise convolution before it. */
  readonly averagePool: boolean;
  /** Flattening a map goes into the linear layer after it. */
  readonly flatten: boolean;
  /** Taking a map apart by rows and columns, as Focus does, goes into the convolution after it. */
  readonly focus: boolean;
  /** Convolutions of one value become one: Fire's expansions, the 1x1 convolutions of Inception. */
  readonly branches: boolean;
  /** Squeeze-and-excitation: mean, layer, activation and layer become one kernel. */
  readonly squeezeExcite: boolean;
  /** Efficient channel attention: mean and a convolution of the means across channels become one kernel. */
  readonly efficientChannelAttention: boolean;
  /** The gates of selective kernels and split attention: likewise, with the softmax; stacked branches are unfolded. */
  readonly splitAttention: boolean;
  /**
   * A depthwise convolution and the pointwise one that alone reads it become one kernel; off by
   * default: it saves a dispatch and a round trip through memory, not always time.
   */
  readonly depthwisePointwise: boolean;
  /**
   * Pointwise, depthwise and pointwise convolution become one kernel, which computes the border of its
   * tiles again; off by default.
   */
  readonly invertedResidual: boolean;
  /**
   * A pointwise convolution and the depthwise one that reads it become one kernel, which computes
   * the border of its strips again; what lies between is stored where others read it. By default
   * with the goal `dispatches` only.
   */
  readonly pointwiseDepthwise: boolean;
  /** Functions of one value ride on the store of the kernel that computes it. */
  readonly activation: boolean;
  /** Functions of two values, such as a residual add, ride on the store likewise. */
  readonly residual: boolean;
  /** Gates and functions of one value ride on the loads of their readers, where that costs less. */
  readonly load: boolean;
  /** Sums of values, gated or not, likewise. */
  readonly sumOnLoad: boolean;
  /** Nearest up-samplings by whole factors likewise. */
  readonly upsampleOnLoad: boolean;
  /** Bilinear up-samplings by whole factors likewise; one beside a sum is part of it. */
  readonly bilinearOnLoad: boolean;
  /** Shifts likewise. */
  readonly shiftOnLoad: boolean;
  /** Functions of an operand are computed where it is read. */
  readonly operand: boolean;
  /** A kernel stores a function of its result beside the result. */
  readonly fork: boolean;
  /** Element-wise nodes of a concatenation become nodes of its pieces. */
  readonly distribute: boolean;
  /** Channel shuffles, splits and concatenations are orders in which channels are written and read. */
  readonly channels: boolean;
  /** Producers write into their slots of a concatenation; slices are views. */
  readonly view: boolean;
  /** A kernel writes over what it reads for the last time: a sum takes the place of the residual. */
  readonly inPlace: boolean;
}

export const ALL_FUSIONS: FusionSwitches = {
  batchNorm: true,
  padding: true,
  activationPattern: true,
  averagePool: true,
  flatten: true,
  focus: true,
  branches: true,
  squeezeExcite: true,
  efficientChannelAttention: true,
  splitAttention: true,
  depthwisePointwise: false,
  invertedResidual: false,
  pointwiseDepthwise: false,
  activation: true,
  residual: true,
  load: true,
  sumOnLoad: true,
  upsampleOnLoad: true,
  bilinearOnLoad: true,
  shiftOnLoad: true,
  operand: true,
  fork: true,
  distribute: true,
  channels: true,
  view: true,
  inPlace: true,
};

/** What plans are made for: that a run takes little time, or few dispatches. */
export type Goal = "time" | "dispatches";

export interface CompileOptions {
  /** By name; a fusion of one's own is on unless it is false here. */
  readonly fuse?: Partial<FusionSwitches> & Readonly<Record<string, boolean | undefined>>;
  /**
   * `time`, the default, computes a value where it is read only if that is estimated to take less
   * time on the device than a dispatch of its own; `dispatches` does so wherever kernels can.
   */
  readonly goal?: Goal;
  /**
   * How activations and weights are stored; kernels compute in f32. `f16` halves the memory, needs
   * a device with `shader-f16`, and holds magnitudes up to 65504 only: greater ones become that.
   * `f32` by default.
   */
  readonly precision?: Precision;
}

/** What decides how a graph is fused. */
export interface FusionOptions {
  readonly switches: FusionSwitches;
  readonly device: DeviceTraits;
  readonly goal: Goal;
}

/** Which fusions are on: what `fuse` says, and for the rest what is so by default. */
export function switchesOf({ fuse, goal }: Pick<CompileOptions, "fuse" | "goal">): FusionSwitches {
  return { ...ALL_FUSIONS, pointwiseDepthwise: goal === "dispatches", ...fuse };
}

/** `elements` are those of the precision, which may have to be loaded. */
export interface CompilerInput extends Pick<CompileOptions, "fuse" | "goal"> {
  readonly elements?: Elements;
  /** Sees the graph before the first pass, null, and after each by its name; it is changed further. */
  readonly onPass?: (pass: string | null, graph: Graph) => void;
}
