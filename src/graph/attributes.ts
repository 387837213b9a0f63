/** Every operator of the intermediate representation, with its attributes. */
import type { DataType, Shape } from "./tensor.ts";

/** [h, w] */
export type Pair = readonly [number, number];
/** [top, left, bottom, right] */
export type Padding = readonly [number, number, number, number];

/** y = conv(x, weight) + bias. Inputs: x [N, C, H, W], weight [O, C/groups, kh, kw], bias? [O]. */
export interface Conv2dAttributes {
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
  /**
   * What the compiler knows of weights that it put together of several convolutions: their rows, in
   * order. Rows of none are zero.
   */
  readonly branches?: readonly ConvolutionBranch[];
  /**
   * The compiler knows that all taps of a filter have the same weight, that windows lie side by side
   * (the stride is the kernel), and that there is one group and no padding.
   */
  readonly equalTaps?: boolean;
}

/** The output channels from `start` on of a convolution that computes several. */
export interface ConvolutionBranch {
  readonly name: string;
  readonly start: number;
  readonly channels: number;
  /** Of its weights only those of the kernel's centre tap are not zero. */
  readonly isCentre: boolean;
}

/**
 * The transpose of a convolution. Inputs: x [N, C, H, W], weight [C, O/groups, kh, kw], bias? [O].
 * `outputPadding` adds rows and columns after the last; it may exceed the stride.
 */
export interface ConvTranspose2dAttributes extends Conv2dAttributes {
  readonly outputPadding: Pair;
}

/**
 * The samples of a deformable convolution: x at the taps of a window that offsets move. Inputs: x
 * [N, C, H, W], offset [N, 2 * offsetGroups * K, Ho, Wo] in pairs (y, x), mask? [N, offsetGroups * K,
 * Ho, Wo], with K = kh * kw. Output: [N, C * K, Ho, Wo], channel c * K + tap.
 */
export interface DeformSample2dAttributes {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly offsetGroups: number;
}

/** Inputs: x [N, C, H, W]. Padding is -inf. */
export interface MaxPool2dAttributes {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly ceilMode: boolean;
}

/**
 * Inputs: x [N, C, H, W]. The sum of a window is divided by `divisor`; without it by the number of
 * real pixels in the window, or with `countIncludePad` by the window clipped to the padded extent.
 */
export interface AveragePool2dAttributes {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  /** 1 where absent */
  readonly dilation?: Pair;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisor?: number;
}

/**
 * y = x / (bias + alpha * sum of squares)^beta. The sum is over `before` channels before a channel,
 * itself, and `after` channels after it. PyTorch, Caffe and ONNX divide their alpha by the size of
 * the window first, TensorFlow does not.
 */
export interface LocalResponseNormAttributes {
  readonly before: number;
  readonly after: number;
  readonly alpha: number;
  readonly beta: number;
  readonly bias: number;
}

/**
 * Inputs: x [N, C, H, W]; the output size is part of the attributes. `coordinates` are the names
 * of ONNX; `scale` [h, w] is used instead of out/in where the file gives one; `rounding` is
 * ONNX's `nearest_mode`, used by `nearest` only.
 */
export interface ResizeAttributes {
  readonly mode: "nearest" | "linear" | "cubic";
  readonly size: Pair;
  readonly coordinates:
    | "half_pixel"
    | "half_pixel_symmetric"
    | "pytorch_half_pixel"
    | "asymmetric"
    | "align_corners"
    | "tf_half_pixel_for_nn"
    | "tf_crop_and_resize";
  readonly rounding: "floor" | "ceil" | "round_prefer_floor" | "round_prefer_ceil";
  readonly scale?: Pair;
  /** Where x shrinks, the filter of `linear` and `cubic` is as much wider. */
  readonly antialias?: boolean;
  /** The coefficient a of `cubic`; by default -0.75, as in PyTorch. TensorFlow has -0.5. */
  readonly cubicCoefficient?: number;
  /** Pixels beyond the edge count nothing; else they are those of the edge. */
  readonly excludeOutside?: boolean;
  /** Of `tf_crop_and_resize`: the part of x to resize, from 0 to 1. It may exceed x. */
  readonly roi?: Padding;
  /** What `tf_crop_and_resize` gives beyond x; 0 by default. */
  readonly extrapolationValue?: number;
}

/** Functions that JavaScript's `Math` and WGSL call alike. */
type TrigonometricKind =
  "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "sinh" | "cosh" | "asinh" | "acosh" | "atanh";

/**
 * A function by its table: entries at equal steps, the first and the last at the ends of `range`; see
 * `lookupActivation`.
 */
export interface LookupAttributes {
  readonly kind: "lookup";
  readonly table: readonly number[];
  readonly range: readonly [number, number];
  readonly mode: "nearest" | "linear";
  /** Beyond the range; by default the first and the last entry. */
  readonly below?: number;
  readonly above?: number;
  /** y is x times the entry. */
  readonly gated: boolean;
}

/** Functions of one value without parameters. */
export type PlainKind =
  | "identity"
  | "relu"
  | "relu6"
  | "sigmoid"
  | "silu"
  | "hardSwish"
  | "mish"
  | "tanh"
  | "gelu"
  | "softplus"
  | "softsign"
  | "abs"
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "square"
  | "floor"
  | "ceil"
  | "round"
  | "sign"
  | "erf"
  | "logicalNot"
  | "isNan"
  | TrigonometricKind;

/** Functions of one value. Formulas are in `unary.ts` and `functions.ts` of the reference. */
export type UnaryAttributes =
  | { readonly kind: PlainKind }
  | { readonly kind: "leakyRelu"; readonly negativeSlope: number }
  | { readonly kind: "elu"; readonly alpha: number }
  | { readonly kind: "hardSigmoid"; readonly alpha: number; readonly beta: number }
  | { readonly kind: "clamp"; readonly min: number; readonly max: number }
  | { readonly kind: "isInf"; readonly positive: boolean; readonly negative: boolean }
  | { readonly kind: "roundTo"; readonly format: "float16" | "bfloat16" }
  | LookupAttributes;
export type UnaryKind = UnaryAttributes["kind"];

export const BINARY_KINDS = [
  "add",
  "sub",
  "mul",
  "div",
  "minimum",
  "maximum",
  "pow",
  "floorDivide",
  "remainder",
  "equal",
  "notEqual",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
  "logicalAnd",
  "logicalOr",
] as const;
/** `floorDivide` rounds down; `remainder` has the sign of the divisor, as in PyTorch. */
export type BinaryKind = (typeof BINARY_KINDS)[number];

/**
 * Inputs: boxes [N, n, 4], scores [N, C, n]. Outputs: selected [N * C * min(n, most), 3] (int32:
 * batch, class and box; by batch, then class, then falling score, of equal ones the lower box
 * first; -1 past the end), and the number of its rows that count (int32, a scalar). A box that
 * is selected suppresses those of its class that it overlaps by more than the threshold.
 */
export interface NonMaxSuppressionAttributes {
  readonly maxOutputBoxesPerClass: number;
  /** 0..1; IoUs are rounded to float32 before they are compared. */
  readonly iouThreshold: number;
  /** Scores must be greater; -Infinity takes all. */
  readonly scoreThreshold: number;
  /** A box is [x, y, w, h] with its centre, otherwise two opposite corners. */
  readonly centerPointBox: boolean;
  /** The overlap: IoU, or Darknet's `greedynms`: IoU - (d^2 / c^2)^0.6 (arXiv 1911.08287, DIoU). */
  readonly metric: "iou" | "greedy";
}

/**
 * Inputs: x [N, A * (5 + C), H, W]. Outputs: boxes [N, A * H * W, 4] as [x, y, w, h] with their
 * centre, parts of the network's input; scores [N, C, A * H * W], class times objectness.
 */
export interface DecodeYoloAttributes {
  /** [w, h] in pixels of the network's input; one for each of the A boxes of a cell. */
  readonly anchors: readonly Pair[];
  /** [h, w] of the network's input. */
  readonly inputSize: Pair;
  /** How far centres may leave their cell: 1 in YOLOv3, 1.05 in YOLOv4-tiny. */
  readonly scaleXY: number;
}

export type ReduceKind = "mean" | "sum" | "max" | "min" | "prod";

/** Attributes by operator; inputs and outputs are described at the shape rule of each. */
export interface OperatorAttributes {
  conv2d: Conv2dAttributes;
  convTranspose2d: ConvTranspose2dAttributes;
  deformSample2d: DeformSample2dAttributes;
  /**
   * x [N, C, H, W]: every channel moves by one of `kernel`^2 directions, in turn, times `dilation`;
   * those past the last whole turn stay. `kernel` is odd.
   */
  shift: { readonly kernel: number; readonly dilation: number };
  /**
   * x [N, C, ...], grid [N, ..., r] -> [N, C, ...] with r = 1, 2 or 3 axes: x at the places in [-1, 1]
   * that the grid gives, innermost axis first. The names are those of ONNX.
   */
  gridSample: {
    readonly mode: "nearest" | "linear" | "cubic";
    readonly padding: "zeros" | "border" | "reflection";
    readonly alignCorners: boolean;
  };
  /** x [N, C], weight [O, C], bias? [O] -> [N, O] */
  linear: Record<string, never>;
  /** a [..., M, K], b [..., K, P] -> [..., M, P] */
  matmul: Record<string, never>;
  /** x [N, C, ...], weight [C], bias [C], running mean [C], running variance [C] */
  batchNorm: { readonly epsilon: number };
  maxPool2d: MaxPool2dAttributes;
  /** as maxPool2d -> y, indices (int32): y * W + x of the first maximum, row by row, in its plane */
  maxPool2dWithIndices: MaxPool2dAttributes;
  /**
   * x [N, C, H, W], indices of that shape -> [N, C, ...size]: x at its indices into each plane, 0
   * elsewhere. Of equal indices the last counts; those outside of the plane do not.
   */
  maxUnpool2d: { readonly size: Pair };
  averagePool2d: AveragePool2dAttributes;
  /** x [N, C, H, W] -> [N, C, ...size]; window i is from floor(i * H / h) to ceil((i + 1) * H / h) */
  adaptivePool2d: { readonly kind: "average" | "max"; readonly size: Pair };
  /** x [N, C, H, W] -> [N, outChannels, H, W]: y[q] = max of x[q], x[q + outChannels], ... */
  channelMaxPool: { readonly outChannels: number };
  /** x [N, C, H, W] -> [N, C, 1, 1], the mean over H and W */
  globalAveragePool: Record<string, never>;
  reduce: {
    readonly kind: ReduceKind;
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  /** `log`: the logarithm of it */
  softmax: { readonly axis: number; readonly log?: boolean };
  /** x [N, C, H, W] */
  localResponseNorm: LocalResponseNormAttributes;
  /** (x - mean) / sqrt(variance + epsilon) over the axes from `axis` on; 0 where that is 0 / 0 */
  layerNorm: { readonly axis: number; readonly epsilon: number };
  /** x [N, C, H, W]: as layerNorm, over H, W and the C / groups channels of each group */
  groupNorm: { readonly groups: number; readonly epsilon: number };
  resize: ResizeAttributes;
  unary: UnaryAttributes;
  binary: { readonly kind: BinaryKind };
  /** x, slope that broadcasts to x: x > 0 ? x : slope * x */
  prelu: Record<string, never>;
  /** condition, a, b, broadcast together */
  where: Record<string, never>;
  cast: { readonly to: DataType };
  /** one or more values, equal but for `axis` */
  concat: { readonly axis: number };
  /** `axis` by `axis`: start, number of elements and step (which may be negative) */
  slice: {
    readonly axes: readonly number[];
    readonly starts: readonly number[];
    readonly sizes: readonly number[];
    readonly steps: readonly number[];
  };
  /** elements added before and after each axis (never negative) */
  pad: {
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly mode: "constant" | "reflect" | "edge";
    readonly value: number;
  };
  /** the whole new shape, without -1 */
  reshape: { readonly shape: Shape };
  /** output axis i is input axis perm[i] */
  transpose: { readonly perm: readonly number[] };
  /** x broadcast to `shape` */
  expand: { readonly shape: Shape };
  /** data, indices: data with `axis` replaced by the shape of indices */
  gather: {
    readonly axis: number;
    /** Set by a pass that moves channels, and why: the indices are known, the axis is that of channels. */
    readonly copy?: string;
  };
  /** x -> values, indices (int32); ties: the lower index first; `sorted` always */
  topK: { readonly k: number; readonly axis: number; readonly largest: boolean };
  nonMaxSuppression: NonMaxSuppressionAttributes;
  decodeYolo: DecodeYoloAttributes;
}

export type OperatorName = keyof OperatorAttributes;
