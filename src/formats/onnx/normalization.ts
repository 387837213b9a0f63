/** Normalisations by statistics of x itself, or of its neighbours. */
import type { Value } from "../../graph/graph.ts";
import { asImage, groupNorm, instanceNorm, layerNorm } from "../../graph/normalization.ts";
import { normalizeAxis, sizeOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import { convolution } from "./convolution.ts";
import type { Converted, Converter, OnnxNode } from "./node.ts";
import { binary, power, root } from "./pooling-nd.ts";

const unary = (node: OnnxNode, kind: "square" | "sqrt" | "rsqrt", x: Value): Value =>
  node.op("unary", [x], { kind });

const mean = (node: OnnxNode, x: Value, axes: readonly number[]): Value =>
  node.op("reduce", [x], { kind: "mean", axes, keepDims: true });

const plus = (node: OnnxNode, x: Value, value: number): Value =>
  binary(node, "add", x, node.scalar(value));

/** @throws FormatError unless x is [N, C, ...] */
function channelsOf(node: OnnxNode): number {
  const { shape } = node.input(0);
  if (shape.length < 2) node.fail(`x has rank ${shape.length}, expected [N, C, ...]`);
  return shape[1];
}

/** Scale and bias, with as many elements as expected. */
function affineOf(node: OnnxNode, size: number) {
  const [weight, bias] = [node.input(1), node.input(2)];
  for (const { shape } of [weight, bias]) {
    if (sizeOf(shape) !== size) {
      node.fail(`scale and bias have shape ${shape.join("x")}, expected ${size}`);
    }
  }
  return { weight: node.reshape(weight, [size]), bias: node.reshape(bias, [size]) };
}

const instance: Converter = (node) => {
  const given = affineOf(node, channelsOf(node));
  return instanceNorm(node, node.input(0), { epsilon: node.float("epsilon", 1e-5) }, given);
};

/** Until operator set 20 scale and bias are by group. */
const group: Converter = (node) => {
  const channels = channelsOf(node);
  const groups = node.int("num_groups");
  const attributes = { groups, epsilon: node.float("epsilon", 1e-5) };
  if (node.opset >= 21) {
    return groupNorm(node, node.input(0), attributes, affineOf(node, channels));
  }
  const perChannel = (value: Value): Value => {
    const each = node.op("expand", [node.reshape(value, [groups, 1])], {
      shape: [groups, channels / groups],
    });
    return node.reshape(each, [channels]);
  };
  if (!(groups >= 1) || channels % groups) {
    node.fail(`${groups} groups do not divide ${channels} channels`);
  }
  const { weight, bias } = affineOf(node, groups);
  const given = { weight: perChannel(weight), bias: perChannel(bias) };
  return groupNorm(node, node.input(0), attributes, given);
};

/** x with the axes from `axis` on as one. */
function asRuns(node: OnnxNode, axis: number): Value {
  const x = node.input(0);
  return node.reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
}

const layer: Converter = (node) => {
  const x = node.input(0);
  const axis = normalizeAxis(node.int("axis", -1), x.shape.length, node.where);
  const epsilon = node.float("epsilon", 1e-5);
  const given = { weight: node.input(1), bias: node.optional(2) };
  const y = layerNorm(node, x, { axis, epsilon }, given);
  if (!node.outputs[1] && !node.outputs[2]) return y;
  const runs = asRuns(node, axis);
  const average = mean(node, runs, [1]);
  const variance = mean(node, unary(node, "square", binary(node, "sub", runs, average)), [1]);
  const inverse = unary(node, "rsqrt", plus(node, variance, epsilon));
  const shape = x.shape.map((size, i) => (i < axis ? size : 1));
  return [y, node.reshape(average, shape), node.reshape(inverse, shape)];
};

/** x / sqrt(mean of squares + epsilon) * scale, over the axes from `axis` on. */
const rootMeanSquare: Converter = (node) => {
  const x = node.input(0);
  const axis = normalizeAxis(node.int("axis", -1), x.shape.length, node.where);
  const runs = asRuns(node, axis);
  const squares = mean(node, unary(node, "square", runs), [1]);
  const inverse = unary(node, "rsqrt", plus(node, squares, node.float("epsilon", 1e-5)));
  const y = node.reshape(binary(node, "mul", runs, inverse), x.shape);
  return binary(node, "mul", y, node.input(1));
};

/** (x - mean) / (deviation + 1e-9), as the specification's function body says. */
const meanVariance: Converter = (node) => {
  const x = node.input(0);
  const given = node.ints("axes", [0, 2, 3]);
  const axes = [...new Set(given.map((axis) => normalizeAxis(axis, x.shape.length, node.where)))];
  const centred = binary(node, "sub", x, mean(node, x, axes));
  const variance = mean(node, unary(node, "square", centred), axes);
  return binary(node, "div", centred, plus(node, unary(node, "sqrt", variance), 1e-9));
};

/** x over its p-norm along an axis. */
const lp: Converter = (node) => {
  const x = node.input(0);
  const axis = normalizeAxis(node.int("axis", -1), x.shape.length, node.where);
  const p = node.int("p", 2);
  if (p !== 1 && p !== 2) node.fail(`p is ${p}, expected 1 or 2`);
  const attributes = { kind: "sum", axes: [axis], keepDims: true } as const;
  const norm = root(node, node.op("reduce", [power(node, x, p)], attributes), p);
  return binary(node, "div", x, norm);
};

/** Over channels; alpha is divided by the size. Of an even size one channel more comes after. */
const localResponse: Converter = (node) => {
  channelsOf(node);
  const x = node.input(0);
  const size = node.int("size");
  if (!(size >= 1)) node.fail(`size is ${size}, expected at least 1`);
  const before = Math.floor((size - 1) / 2);
  const y = node.op("localResponseNorm", [asImage(node, x)], {
    before,
    after: size - 1 - before,
    alpha: node.float("alpha", 1e-4) / size,
    beta: node.float("beta", 0.75),
    bias: node.float("bias", 1),
  });
  return node.reshape(y, x.shape);
};

/** Statistics of the batch: y, and what becomes of the running mean and variance. */
function trainBatchNorm(node: OnnxNode, channels: number): Converted {
  const x = node.input(0);
  const [weight, bias, oldMean, oldVariance] = [1, 2, 3, 4].map((index) =>
    node.reshape(node.input(index), [channels]),
  );
  const momentum = node.float("momentum", 0.9);
  const epsilon = node.float("epsilon", 1e-5);
  const planes = node.reshape(x, [x.shape[0], channels, sizeOf(x.shape.slice(2))]);
  const average = mean(node, planes, [0, 2]);
  const centred = binary(node, "sub", planes, average);
  const variance = mean(node, unary(node, "square", centred), [0, 2]);
  const inverse = unary(node, "rsqrt", plus(node, variance, epsilon));
  const perChannel: Shape = [channels, 1];
  const scale = binary(node, "mul", inverse, node.reshape(weight, perChannel));
  const scaled = binary(node, "mul", centred, scale);
  const y = binary(node, "add", scaled, node.reshape(bias, perChannel));
  const [batchMean, batchVariance] = [average, variance].map((value) =>
    node.reshape(value, [channels]),
  );
  const mixed = (old: Value, now: Value) =>
    binary(
      node,
      "add",
      binary(node, "mul", old, node.scalar(momentum)),
      binary(node, "mul", now, node.scalar(1 - momentum)),
    );
  const running = [mixed(oldMean, batchMean), mixed(oldVariance, batchVariance)];
  return [node.reshape(y, x.shape), ...running, batchMean, batchVariance];
}

/** Before operator set 14 a file that names further outputs means training, unless it is a test. */
const batch: Converter = (node) => {
  const isTraining =
    node.opset < 14
      ? node.outputs.slice(1).some(Boolean) && node.int("is_test", 0) === 0
      : node.int("training_mode", 0) === 1;
  if (!isTraining) return convolution.BatchNormalization(node);
  if (node.int("spatial", 1) !== 1) node.fail("spatial 0 is not supported");
  return trainBatchNorm(node, channelsOf(node));
};

export const normalization: Record<string, Converter> = {
  BatchNormalization: batch,
  InstanceNormalization: instance,
  GroupNormalization: group,
  LayerNormalization: layer,
  RMSNormalization: rootMeanSquare,
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lp,
  LRN: localResponse,
};
