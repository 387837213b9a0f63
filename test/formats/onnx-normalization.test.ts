/** Normalisations of ONNX files: identities, and values worked out by hand. */
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { difference, floats as tensorOf, noise } from "../reference/apply.ts";
import { floats, ones } from "./onnx-encode.ts";
import type { NodeOptions } from "./onnx-encode.ts";
import { graphOf } from "./onnx-node.ts";

function outputsOf(op: string, x: Tensor, options: NodeOptions = {}) {
  return evaluateGraph(graphOf(op, [...x.shape], options), { x });
}
const outputOf = (op: string, x: Tensor, options?: NodeOptions): Tensor =>
  outputsOf(op, x, options).y;

const constant = (name: string, dims: number[]) => floats(name, dims, [...noise(dims, 9).data]);

/** Mean and variance of numbers. */
function momentsOf(numbers: readonly number[]): [mean: number, variance: number] {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return [mean, numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length];
}

const expectClose = (actual: Tensor, expected: readonly number[]) => {
  expect(actual.data).toHaveLength(expected.length);
  expected.forEach((x, i) => expect(actual.data[i]).toBeCloseTo(x, 5));
};

describe("LayerNormalization", () => {
  const x = noise([2, 3, 4], 1);
  const rows = Array.from({ length: 6 }, (_, i) => [...x.data.slice(4 * i, 4 * i + 4)]);

  test("gives mean and inverse deviation too when they are asked for", () => {
    const initializers = [ones("w", [4])];
    const attributes = { epsilon: { f: 0.5 } };
    const outputs = ["y", "mean", "inverse"];
    const found = outputsOf("LayerNormalization", x, { initializers, attributes, outputs });
    const moments = rows.map(momentsOf);
    expect(found.mean.shape).toEqual([2, 3, 1]);
    expectClose(
      found.mean,
      moments.map(([mean]) => mean),
    );
    expectClose(
      found.inverse,
      moments.map(([, variance]) => 1 / Math.sqrt(variance + 0.5)),
    );
    const y = rows.flatMap((row, i) =>
      row.map((value) => (value - moments[i][0]) / Math.sqrt(moments[i][1] + 0.5)),
    );
    expectClose(found.y, y);
  });

  test("over all axes but the first equals one over a single axis, with scale and bias", () => {
    const initializers = [constant("w", [3, 4]), constant("b", [4])];
    const y = outputOf("LayerNormalization", x, { initializers, attributes: { axis: 1 } });
    const plain = outputOf("LayerNormalization", tensorOf([2, 12], [...x.data]), {
      initializers: [ones("w", [12])],
    });
    const scale = noise([3, 4], 9).data;
    const bias = noise([4], 9).data;
    expectClose(
      y,
      [...plain.data].map((value, i) => value * scale[i % 12] + bias[i % 4]),
    );
  });
});

describe("GroupNormalization", () => {
  const x = noise([2, 6, 3, 2], 2);
  test("with one channel a group is InstanceNormalization", () => {
    const initializers = [constant("s", [6]), constant("b", [6])];
    const options = { opset: 21, initializers };
    const grouped = outputOf("GroupNormalization", x, {
      ...options,
      attributes: { num_groups: 6 },
    });
    expect(difference(grouped, outputOf("InstanceNormalization", x, options))).toBe(0);
  });
  test("takes scale and bias by group until operator set 20, then by channel", () => {
    const attributes = { num_groups: 3 };
    const [byGroup, byChannel] = [
      [1, 2, 3],
      [1, 1, 2, 2, 3, 3],
    ].map((scale) => [floats("s", [scale.length], scale), floats("b", [scale.length], scale)]);
    const old = outputOf("GroupNormalization", x, { opset: 18, initializers: byGroup, attributes });
    const now = { opset: 21, initializers: byChannel, attributes };
    expect(difference(old, outputOf("GroupNormalization", x, now))).toBe(0);
  });
  test.each([[[4, 6]], [[2, 6, 5]], [[2, 6, 2, 3, 2]]])(
    "of %j normalises all that belongs to a group",
    (shape) => {
      const input = noise(shape, 3);
      const initializers = [ones("s", [6]), floats("b", [6], [0, 0, 0, 0, 0, 0])];
      const options = { opset: 21, initializers, attributes: { num_groups: 2 } };
      const y = outputOf("GroupNormalization", input, options);
      const size = input.data.length / shape[0] / 2;
      const runs = tensorOf([shape[0] * 2, size], [...input.data]);
      const expected = outputOf("LayerNormalization", runs, { initializers: [ones("w", [size])] });
      expect(y.shape).toEqual(shape);
      expectClose(y, [...expected.data]);
    },
  );
});

describe("BatchNormalization in training mode", () => {
  const x = noise([2, 3, 4, 2], 4);
  const initializers = [
    floats("s", [3], [1, 2, 3]),
    floats("b", [3], [0.5, 0, -1]),
    floats("m", [3], [10, 20, 30]),
    floats("v", [3], [1, 2, 3]),
  ];
  const moments = [0, 1, 2].map((c) =>
    momentsOf([...x.data].filter((_, i) => Math.floor(i / 8) % 3 === c)),
  );
  const check = (found: Record<string, Tensor>, momentum: number): void => {
    const y = [...x.data].map((value, i) => {
      const c = Math.floor(i / 8) % 3;
      const [mean, variance] = moments[c];
      return ((value - mean) / Math.sqrt(variance + 1e-5)) * (c + 1) + [0.5, 0, -1][c];
    });
    expectClose(found.y, y);
    expectClose(
      found.mean,
      moments.map(([m], c) => 10 * (c + 1) * momentum + m * (1 - momentum)),
    );
    expectClose(
      found.var,
      moments.map(([, v], c) => (c + 1) * momentum + v * (1 - momentum)),
    );
  };

  test("normalises by the batch and moves the running statistics", () => {
    const attributes = { training_mode: 1, momentum: { f: 0.75 } };
    const outputs = ["y", "mean", "var"];
    const options = { opset: 15, initializers, attributes, outputs };
    check(outputsOf("BatchNormalization", x, options), 0.75);
  });
  test("is told by further outputs before operator set 14, which are five", () => {
    const outputs = ["y", "mean", "var", "batchMean", "batchVar"];
    const found = outputsOf("BatchNormalization", x, { opset: 9, initializers, outputs });
    check(found, 0.9);
    expectClose(
      found.batchMean,
      moments.map(([mean]) => mean),
    );
    expectClose(
      found.batchVar,
      moments.map(([, variance]) => variance),
    );
  });
});

describe("other normalisations", () => {
  test("RMSNormalization divides by the root of the mean of squares", () => {
    const x = tensorOf([2, 2], [3, 4, -6, 8]);
    const initializers = [floats("s", [2], [1, 10])];
    const attributes = { epsilon: { f: 0 } };
    const y = outputOf("RMSNormalization", x, { opset: 23, initializers, attributes });
    const [a, b] = [Math.sqrt(12.5), Math.sqrt(50)];
    expectClose(y, [3 / a, 40 / a, -6 / b, 80 / b]);
  });
  test("MeanVarianceNormalization is by channel over the batch", () => {
    const x = tensorOf([2, 2, 1, 1], [1, 5, 3, 25]);
    expectClose(outputOf("MeanVarianceNormalization", x), [-1, -1, 1, 1]);
  });
  test("LpNormalization divides by the length along an axis", () => {
    const x = tensorOf([2, 2], [3, 1, -4, 1]);
    const along = (p: number) => outputOf("LpNormalization", x, { attributes: { axis: 0, p } });
    expectClose(along(2), [0.6, Math.SQRT1_2, -0.8, Math.SQRT1_2]);
    expectClose(along(1), [3 / 7, 0.5, -4 / 7, 0.5]);
  });
  test("LRN of an even size takes one channel more after than before", () => {
    const x = tensorOf([1, 4], [1, 2, 3, 4]);
    const attributes = { size: 2, alpha: { f: 2 }, beta: { f: 1 }, bias: { f: 1 } };
    expectClose(outputOf("LRN", x, { attributes }), [1 / 6, 2 / 14, 3 / 26, 4 / 17]);
  });
});
