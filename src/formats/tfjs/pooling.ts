/** Converters of pools, reductions, resizes and normalisation. */
import type { ReduceKind, ResizeAttributes } from "../../graph/attributes.ts";
import { native } from "./call.ts";
import type { Call, Converter, Converters } from "./call.ts";
import { axisOf, shapeOf } from "./layout.ts";
import type { Held } from "./layout.ts";
import { asImage, imageOf, paddingOf, pairOf } from "./window.ts";

const pool =
  (op: "maxPool2d" | "averagePool2d"): Converter =>
  (call) => {
    const x = imageOf(call, 0);
    const [kernel, stride] = [pairOf(call, "ksize"), pairOf(call, "strides")];
    const padding = paddingOf(call, x.shape, kernel, stride, [1, 1]);
    const window = { kernel, stride, padding, ceilMode: false };
    return asImage(
      call,
      op === "maxPool2d"
        ? call.op(op, [x], { ...window, dilation: [1, 1] })
        : call.op(op, [x], { ...window, countIncludePad: false }),
    );
  };

const reduce =
  (kind: ReduceKind): Converter =>
  (call) => {
    const given = call.input(0);
    const shape = shapeOf(given);
    const tfAxes = [...new Set(call.ints(1).map((axis) => call.axis(axis, shape.length)))];
    if (tfAxes.length === 0) return given;
    const keepDims = call.attributes.bool("keep_dims");
    const held = keepDims ? given : call.layouts.beforeDropping(given, tfAxes);
    const axes = tfAxes.map((axis) => axisOf(held, axis)).sort((a, b) => a - b);
    if (kind === "mean" && shape.length === 4 && axes.join() === "2,3") {
      const pooled = call.op("globalAveragePool", [held.value], {});
      if (keepDims) return { value: pooled, layout: held.layout };
      return native(call.reshape(pooled, pooled.shape.slice(0, 2)));
    }
    const value = call.op("reduce", [held.value], { kind, axes, keepDims });
    return keepDims ? { value, layout: held.layout } : native(value);
  };

const resize =
  (mode: ResizeAttributes["mode"]): Converter =>
  (call) => {
    const x = imageOf(call, 0, false);
    const [height, width, ...more] = call.ints(1);
    if (width === undefined || more.length > 0) call.fail("needs a size of 2 numbers");
    if (x.shape[2] === height && x.shape[3] === width) return call.input(0);
    const [corners, centers] = ["align_corners", "half_pixel_centers"].map((name) =>
      call.attributes.bool(name),
    );
    // TensorFlow's nearest takes floor((i + 0.5) * scale) at pixel centres, and rounds halves up at
    // aligned corners: both are "round_prefer_ceil" of ONNX's coordinates.
    return asImage(
      call,
      call.op("resize", [x], {
        mode,
        size: [height, width],
        coordinates: corners ? "align_corners" : centers ? "half_pixel" : "asymmetric",
        rounding: corners || centers ? "round_prefer_ceil" : "floor",
      }),
      false,
    );
  };

const softmax =
  (log: boolean): Converter =>
  (call) => {
    const held = call.input(0);
    const rank = held.value.shape.length;
    if (rank === 0) call.fail("has a scalar input, expected rank 1 or more");
    const axis = axisOf(held, rank - 1);
    return { value: call.op("softmax", [held.value], { axis, log }), layout: held.layout };
  };

/** TensorFlow does not divide alpha by the size of the window. */
function localResponseNorm(call: Call): Held {
  const { attributes } = call;
  const radius = attributes.int("depth_radius", 5);
  const [bias, alpha] = ["bias", "alpha"].map((name) => attributes.float(name, 1));
  const beta = attributes.float("beta", 0.5);
  const window = { before: radius, after: radius, alpha, beta, bias };
  return asImage(call, call.op("localResponseNorm", [imageOf(call, 0, false)], window), false);
}

function batchNorm(call: Call): Held[] {
  if (call.attributes.bool("is_training")) call.fail("is in training mode, expected inference");
  const inputs = [imageOf(call, 0), ...[1, 2, 3, 4].map((index) => call.native(index))];
  const epsilon = call.attributes.float("epsilon", 1e-4);
  return [asImage(call, call.op("batchNorm", inputs, { epsilon }))];
}

export const POOLING: Converters = {
  MaxPool: pool("maxPool2d"),
  AvgPool: pool("averagePool2d"),
  Mean: reduce("mean"),
  Sum: reduce("sum"),
  Max: reduce("max"),
  Min: reduce("min"),
  Prod: reduce("prod"),
  ResizeBilinear: resize("linear"),
  ResizeNearestNeighbor: resize("nearest"),
  Softmax: softmax(false),
  LogSoftmax: softmax(true),
  LRN: localResponseNorm,
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
};
