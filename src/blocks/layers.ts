/** The layers that blocks are written with; their weights have the names of PyTorch's modules. */
import type { Pair, UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import type { Scope } from "./scope.ts";

export interface ConvolutionOptions {
  readonly outChannels: number;
  /** [h, w], or one number for a square; 1 by default. */
  readonly kernel?: number | Pair;
  readonly stride?: number;
  readonly dilation?: number;
  /**
   * On all four sides. By default the output of stride 1 is as large as the input; at other strides
   * the scope says whether PyTorch's or TensorFlow's convention counts.
   */
  readonly padding?: number;
  readonly groups?: number;
  /** null is a linear layer. */
  readonly activation: UnaryAttributes | null;
}

export interface ConvBnOptions extends ConvolutionOptions {
  /** Names of convolution and batch norm; torchvision's `Conv2dNormActivation` says 0 and 1. */
  readonly names?: readonly [string | number, string | number];
  /** The convolution has a bias although the batch norm has one too; false by default. */
  readonly bias?: boolean;
}

/**
 * Zeros before and after an axis of `size` pixels. TensorFlow's SAME depends on the size, and where
 * it is odd the last row or column has one more.
 */
function defaultPadding(
  scope: Scope,
  size: number,
  { kernel, stride, dilation }: { kernel: number; stride: number; dilation: number },
): [before: number, after: number] {
  if (!scope.samePadding) {
    const padding = Math.floor((kernel - 1) / 2) * dilation;
    return [padding, padding];
  }
  const reach = (Math.ceil(size / stride) - 1) * stride + (kernel - 1) * dilation + 1;
  const total = Math.max(reach - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** A convolution alone. x [N, C, H, W] -> [N, outChannels, H', W'] */
export function convolve(
  scope: Scope,
  x: Value,
  options: Omit<ConvolutionOptions, "activation">,
  hasBias = true,
): Value {
  const { outChannels, kernel = 1, stride = 1, dilation = 1, groups = 1 } = options;
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const [[top, bottom], [left, right]] = [height, width].map((size, axis) =>
    options.padding === undefined
      ? defaultPadding(scope, x.shape[2 + axis], { kernel: size, stride, dilation })
      : [options.padding, options.padding],
  );
  const inChannels = x.shape[1] / groups;
  const weight = scope.parameter("weight", [outChannels, inChannels, height, width]);
  const bias = hasBias ? scope.parameter("bias", [outChannels]) : null;
  const attributes = {
    stride: [stride, stride],
    padding: [top, left, bottom, right],
    dilation: [dilation, dilation],
    groups,
  } as const;
  return scope.builder.conv2d(x, weight, bias, attributes, scope.path);
}

/** Applies an activation, or for null nothing. */
export function activate(scope: Scope, x: Value, activation: UnaryAttributes | null): Value {
  return activation ? scope.builder.unary(x, activation, scope.name(activation.kind)) : x;
}

function normParameters(scope: Scope, channels: number): Value[] {
  return ["weight", "bias", "running_mean", "running_var"].map((name) =>
    scope.parameter(name, [channels]),
  );
}

/** Batch normalisation of x [N, C, ...] by running statistics. */
export function batchNorm(scope: Scope, x: Value): Value {
  const parameters = normParameters(scope, x.shape[1]);
  return scope.builder.op("batchNorm", [x, ...parameters], { epsilon: scope.epsilon }, scope.path);
}

/** Convolution, batch norm, activation. x [N, C, H, W] -> [N, outChannels, H', W'] */
export function convBnAct(scope: Scope, x: Value, options: ConvBnOptions): Value {
  const [convolution, norm] = options.names ?? [0, 1];
  const convolved = convolve(scope.at(convolution), x, options, options.bias ?? false);
  const y = batchNorm(scope.at(norm), convolved);
  // Layers with names of their own may share a scope, but the nodes of a graph may not share names.
  return activate(options.names ? scope.at(norm) : scope, y, options.activation);
}

/**
 * Declares the weights of a convolution without bias and its batch norm before they are used: for
 * code whose `state_dict` lists them earlier.
 */
export function declareConvBn(
  scope: Scope,
  inChannels: number,
  options: Pick<ConvBnOptions, "outChannels" | "names"> & { readonly kernel?: number },
): void {
  const { outChannels, kernel = 1, names = [0, 1] } = options;
  scope.at(names[0]).parameter("weight", [outChannels, inChannels, kernel, kernel]);
  normParameters(scope.at(names[1]), outChannels);
}

/** Convolution with bias, activation. x [N, C, H, W] -> [N, outChannels, H', W'] */
export function convAct(scope: Scope, x: Value, options: ConvolutionOptions): Value {
  return activate(scope, convolve(scope, x, options), options.activation);
}

/** Fully connected. x [N, C] -> [N, outFeatures] */
export function linear(scope: Scope, x: Value, outFeatures: number, hasBias = true): Value {
  const weight = scope.parameter("weight", [outFeatures, x.shape[1]]);
  const bias = hasBias ? scope.parameter("bias", [outFeatures]) : null;
  return scope.builder.linear(x, weight, bias, scope.path);
}

/** The mean over height and width. x [N, C, H, W] -> [N, C, 1, 1] */
export function globalAveragePool(scope: Scope, x: Value): Value {
  return scope.builder.op("globalAveragePool", [x], {}, scope.name("avgpool"));
}

/** The mean over windows that divide height and width. x [N, C, H, W] -> [N, C, size, size] */
export function adaptiveAveragePool(scope: Scope, x: Value, size: number): Value {
  if (x.shape[2] === size && x.shape[3] === size) return x;
  const attributes = { kind: "average", size: [size, size] } as const;
  return scope.builder.op("adaptivePool2d", [x], attributes, scope.name("avgpool"));
}

/** x [N, C, H, W] -> [N, C * H * W] */
export function flatten(scope: Scope, x: Value): Value {
  const [batch, ...rest] = x.shape;
  const features = rest.reduce((product, size) => product * size, 1);
  return scope.builder.reshape(x, [batch, features], scope.name("flatten"));
}

/** The residual connection. */
export function add(scope: Scope, a: Value, b: Value): Value {
  return scope.builder.binary("add", a, b, scope.name("add"));
}
