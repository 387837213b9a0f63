/** Converters of convolutions and matrix products, with what the exporter fused into them. */
import type { Pair, Padding, UnaryAttributes } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { native } from "./call.ts";
import type { Call, Converters } from "./call.ts";
import { conv2dBackpropInput } from "./conv-transpose.ts";
import type { Held } from "./layout.ts";
import { asImage, imageOf, pairOf, paddingOf } from "./window.ts";

/** Activations by the name that `fused_ops` uses; each is a node too. */
export const ACTIVATIONS: Readonly<Record<string, UnaryAttributes>> = {
  Relu: { kind: "relu" },
  Relu6: { kind: "relu6" },
  Sigmoid: { kind: "sigmoid" },
  Tanh: { kind: "tanh" },
  Elu: { kind: "elu", alpha: 1 },
};

/** Runs `compute` with the fused bias, then the rest of `fused_ops` in their order. */
function withFused(call: Call, compute: (bias: Value | null) => Held): Held {
  const { attributes, layouts, name } = call;
  const fused = attributes.texts("fused_ops");
  let next = 2;
  const take = (): Value => {
    const value = call.native(next++);
    return call.reshape(value, [sizeOf(value.shape)]);
  };
  let y = compute(fused[0] === "BiasAdd" ? take() : null);
  for (const step of fused[0] === "BiasAdd" ? fused.slice(1) : fused) {
    const stepName = `${name}/${step}`;
    const activation = Object.hasOwn(ACTIVATIONS, step) ? ACTIVATIONS[step] : null;
    if (activation) {
      y = { ...y, value: call.op("unary", [y.value], activation, stepName) };
    } else if (step === "LeakyRelu") {
      const negativeSlope = attributes.float("leakyrelu_alpha", 0.2);
      const value = call.op("unary", [y.value], { kind: "leakyRelu", negativeSlope }, stepName);
      y = { ...y, value };
    } else if (step === "Prelu") {
      const { values, layout } = layouts.align([y, call.input(next++)]);
      y = { value: call.op("prelu", values, {}, stepName), layout };
    } else if (step === "FusedBatchNorm") {
      const inputs = [y.value, take(), take(), take(), take()];
      const epsilon = attributes.float("epsilon", 1e-4);
      y = { ...y, value: call.op("batchNorm", inputs, { epsilon }, stepName) };
    } else {
      call.fail(`fuses "${step}", which is not supported`);
    }
  }
  return y;
}

/** The convolution of input 0 by a weight [O, C / groups, kh, kw]. */
function convolve(call: Call, weight: Value, groups: number): Held {
  const x = imageOf(call, 0);
  const stride = pairOf(call, "strides");
  const dilation = pairOf(call, "dilations", [1, 1]);
  const kernel: Pair = [weight.shape[2], weight.shape[3]];
  const padding: Padding = paddingOf(call, x.shape, kernel, stride, dilation);
  return withFused(call, (bias) => {
    const inputs = bias ? [x, weight, bias] : [x, weight];
    return asImage(call, call.op("conv2d", inputs, { stride, padding, dilation, groups }));
  });
}

/** Filter [kh, kw, C / groups, O]. */
function conv2d(call: Call): Held {
  const [, , channels] = call.shapeOfRank(1, 4);
  const weight = call.layouts.permute(call.native(1), [3, 2, 0, 1], `${call.name}/weight`);
  const groups = imageOf(call, 0).shape[1] / channels;
  // A number of channels that does not divide is the shape rule's to report.
  return convolve(call, weight, Number.isInteger(groups) && groups > 0 ? groups : 1);
}

/** Filter [kh, kw, C, M]: output channel c * M + m reads input channel c. */
function depthwiseConv2d(call: Call): Held {
  const [height, width, channels, multiplier] = call.shapeOfRank(1, 4);
  const weight = call.layouts.permute(call.native(1), [2, 3, 0, 1], `${call.name}/weight`);
  return convolve(
    call,
    call.layouts.reshape(weight, [channels * multiplier, 1, height, width], `${call.name}/weight`),
    channels,
  );
}

function swapLast(call: Call, x: Value, swap: boolean): Value {
  if (!swap) return x;
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  return call.layouts.permute(x, perm, `${x.name}/transposed`);
}

/** a [M, K] by b [K, P]; a constant b makes a fully connected layer. */
function matMul(call: Call): Held {
  call.shapeOfRank(0, 2);
  call.shapeOfRank(1, 2);
  const a = swapLast(call, call.native(0), call.attributes.bool("transpose_a"));
  const b = call.native(1);
  const transposed = call.attributes.bool("transpose_b");
  if (b.constant) {
    const weight = swapLast(call, b, !transposed);
    return withFused(call, (bias) =>
      native(call.op("linear", bias ? [a, weight, bias] : [a, weight], {})),
    );
  }
  return withFused(call, (bias) => {
    const y = call.op("matmul", [a, swapLast(call, b, transposed)], {});
    return native(bias ? call.op("binary", [y, bias], { kind: "add" }, `${call.name}/BiasAdd`) : y);
  });
}

function batchMatMul(call: Call): Held {
  const [a, b] = [call.native(0), call.native(1)];
  if (a.shape.length < 2 || b.shape.length < 2) call.fail("needs matrices");
  const { attributes } = call;
  const left = swapLast(call, a, attributes.bool("adj_x"));
  return native(call.op("matmul", [left, swapLast(call, b, attributes.bool("adj_y"))], {}));
}

export const CONVOLUTION: Converters = {
  Conv2D: conv2d,
  _FusedConv2D: conv2d,
  Conv2DBackpropInput: conv2dBackpropInput,
  DepthwiseConv2dNative: depthwiseConv2d,
  FusedDepthwiseConv2dNative: depthwiseConv2d,
  MatMul: matMul,
  _FusedMatMul: matMul,
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
};
