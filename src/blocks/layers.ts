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
  /** On all four sides; by default the output of stride 1 is as large as the input. */
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

/** A convolution alone. x [N, C, H, W] -> [N, outChannels, H', W'] */
export function convolve(
  scope: Scope,
  x: Value,
  options: Omit<ConvolutionOptions, "activation">,
  hasBias = true,
): Value {
  const { outChannels, kernel = 1, stride = 1, dilation = 1, groups = 1 } = options;
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const [top, left] = [height, width].map(
    (size) => options.padding ?? Math.floor((size - 1) / 2) * dilation,
  );
  const inChannels = x.shape[1] / groups;
  const weight = scope.parameter("weight", [outChannels, inChannels, height, width]);
  const bias = hasBias ? scope.parameter("bias", [outChannels]) : null;
  const attributes = {
    stride: [stride, stride],
    padding: [top, left, top, left],
    dilation: [dilation, dilation],
    groups,
  } as const;
  return scope.builder.conv2d(x, weight, bias, attributes, scope.path);
}

/** Applies an activation, or for null nothing. */
export function activate(scope: Scope, x: Value, activation: UnaryAttributes | null): Value {
  return activation ? scope.builder.unary(x, activation, scope.name(activation.kind)) : x;
}

/** Batch normalisation of x [N, C, ...] by running statistics. */
export function batchNorm(scope: Scope, x: Value): Value {
  const parameters = ["weight", "bias", "running_mean", "running_var"].map((name) =>
    scope.parameter(name, [x.shape[1]]),
  );
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

/** Convolution with bias, activation. x [N, C, H, W] -> [N, outChannels, H', W'] */
export function convAct(scope: Scope, x: Value, options: ConvolutionOptions): Value {
  return activate(scope, convolve(scope, x, options), options.activation);
}

/** Fully connected with bias. x [N, C] -> [N, outFeatures] */
export function linear(scope: Scope, x: Value, outFeatures: number): Value {
  const weight = scope.parameter("weight", [outFeatures, x.shape[1]]);
  const bias = scope.parameter("bias", [outFeatures]);
  return scope.builder.linear(x, weight, bias, scope.path);
}

/** The mean over height and width. x [N, C, H, W] -> [N, C, 1, 1] */
export function globalAveragePool(scope: Scope, x: Value): Value {
  return scope.builder.op("globalAveragePool", [x], {}, scope.name("avgpool"));
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
