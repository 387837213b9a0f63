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
 * Inputs: x [N, C, H, W]. The divisor is the number of real pixels in the window, or with
 * `countIncludePad` the window clipped to the padded extent.
 */
export interface AveragePool2dAttributes {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
}

/**
 * Inputs: x [N, C, H, W]; the output size is part of the attributes. `coordinates` are the names
 * of ONNX; `scale` [h, w] is used instead of out/in where the file gives one; `rounding` is
 * ONNX's `nearest_mode`, used by `nearest` only.
 */
export interface ResizeAttributes {
  readonly mode: "nearest" | "linear";
  readonly size: Pair;
  readonly coordinates: "half_pixel" | "pytorch_half_pixel" | "asymmetric" | "align_corners";
  readonly rounding: "floor" | "ceil" | "round_prefer_floor" | "round_prefer_ceil";
  readonly scale?: Pair;
}

/** Functions of one value. Formulas are in `unary.ts`. */
export type UnaryAttributes =
  | {
      readonly kind:
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
        | "logicalNot";
    }
  | { readonly kind: "leakyRelu"; readonly negativeSlope: number }
  | { readonly kind: "elu"; readonly alpha: number }
  | { readonly kind: "hardSigmoid"; readonly alpha: number; readonly beta: number }
  | { readonly kind: "clamp"; readonly min: number; readonly max: number };
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

export type ReduceKind = "mean" | "sum" | "max" | "min" | "prod";

/** Attributes by operator; inputs and outputs are described at the shape rule of each. */
export interface OperatorAttributes {
  conv2d: Conv2dAttributes;
  /** x [N, C], weight [O, C], bias? [O] -> [N, O] */
  linear: Record<string, never>;
  /** a [..., M, K], b [..., K, P] -> [..., M, P] */
  matmul: Record<string, never>;
  /** x [N, C, ...], weight [C], bias [C], running mean [C], running variance [C] */
  batchNorm: { readonly epsilon: number };
  maxPool2d: MaxPool2dAttributes;
  averagePool2d: AveragePool2dAttributes;
  /** x [N, C, H, W] -> [N, C, 1, 1], the mean over H and W */
  globalAveragePool: Record<string, never>;
  reduce: {
    readonly kind: ReduceKind;
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  softmax: { readonly axis: number };
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
  gather: { readonly axis: number };
  /** x -> values, indices (int32); ties: the lower index first; `sorted` always */
  topK: { readonly k: number; readonly axis: number; readonly largest: boolean };
}

export type OperatorName = keyof OperatorAttributes;
