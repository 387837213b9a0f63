/** Activations that `GraphBuilder` composes, on the GPU. */
import { expect, test } from "vitest";
import * as activations from "../../src/graph/activations.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/graph.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { testDevice } from "./run-kernel.ts";

const { log1p, exp, expm1, abs, max, min, sign, sqrt, tanh, PI } = Math;
const softplus = (x: number) => max(x, 0) + log1p(exp(-abs(x)));

type Build = (builder: GraphBuilder, x: Value) => Value;

const COMPOSED: readonly (readonly [string, Build, (x: number) => number])[] = [
  ["selu", activations.selu, (x) => 1.05070099 * (x > 0 ? x : 1.67326324 * expm1(x))],
  ["celu", (b, x) => activations.celu(b, x, 3), (x) => max(0, x) + min(0, 3 * expm1(x / 3))],
  ["thresholdedRelu", (b, x) => activations.thresholdedRelu(b, x, 2), (x) => (x > 2 ? x : 0)],
  [
    "soft shrinkage",
    (b, x) => activations.shrink(b, x, 0.5, 0.5),
    (x) => sign(x) * max(abs(x) - 0.5, 0),
  ],
  ["hardTanh", activations.hardTanh, (x) => max(-1, min(x, 1))],
  ["softplus with beta", (b, x) => activations.softplus(b, x, 2.5), (x) => softplus(2.5 * x) / 2.5],
  ["logSigmoid", activations.logSigmoid, (x) => -softplus(-x)],
  ["swish with alpha", (b, x) => activations.swish(b, x, 1.702), (x) => x / (1 + exp(-1.702 * x))],
  [
    "geluTanh",
    activations.geluTanh,
    (x) => (x / 2) * (1 + tanh(sqrt(2 / PI) * (x + 0.044715 * x ** 3))),
  ],
];

test.each(COMPOSED)("%s is exact from -100 to 100", async (_, build, f) => {
  const numbers = [0, 0.001, 0.3, 0.5, 1, 1.999, 2, 4, 8, 20, 50, 100].flatMap((x) => [x, -x]);
  const builder = new GraphBuilder("activation");
  const x = builder.input("x", [1, numbers.length, 1, 1]);
  builder.output("y", build(builder, x));
  const model = await load(builder.graph, { device: await testDevice() });
  const { y } = await model.run({ x: tensor(x.shape, Float32Array.from(numbers)) });
  model.dispose();
  numbers.forEach((given, i) => {
    const expected = f(Math.fround(given));
    expect(abs(y.data[i] - expected), `f(${given})`).toBeLessThan(2e-7 + 1e-5 * abs(expected));
  });
});
