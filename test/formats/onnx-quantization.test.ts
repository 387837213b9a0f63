/** Quantised operators on the GPU: whole numbers are exact, halves go to even, ends saturate. */
import { describe, expect, test } from "vitest";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { functionOf } from "../../src/reference/functions.ts";
import { compareWithGolden } from "../goldens.ts";
import { errorOf } from "./error-of.ts";
import { constant, fileOf, input, numbersOf, runOnnx, scalar } from "./run-onnx.ts";
import type { NodeInput } from "./run-onnx.ts";

const [UINT8, INT8, UINT16, INT16, INT32] = [2, 3, 4, 5, 6];

describe("QuantizeLinear", () => {
  test.each([
    ["uint8", scalar(128, UINT8), [128, 130, 130, 128, 126, 0, 255]],
    ["int8", scalar(-3, INT8), [-3, -1, -1, -3, -5, -128, 127]],
    ["uint16", scalar(1000, UINT16), [1000, 1002, 1002, 1000, 998, 0, 65535]],
    ["int16", scalar(0, INT16), [0, 2, 2, 0, -2, -32768, 32767]],
  ])("rounds halves to even and saturates to %s", async (_, zero, expected) => {
    const x = input([0.25, 0.75, 1.25, -0.25, -0.75, -1e6, 1e6]);
    expect(await numbersOf("QuantizeLinear", [x, scalar(0.5), zero])).toEqual(expected);
  });
  test("has the type of output_dtype, or of its zero point, or uint8", async () => {
    const x = input([-300, 300]);
    const inputs = [x, scalar(1)];
    expect(await numbersOf("QuantizeLinear", inputs)).toEqual([0, 255]);
    const attributes = { output_dtype: INT8 };
    expect(await numbersOf("QuantizeLinear", inputs, { attributes })).toEqual([-128, 127]);
    const computed = [x, input([1]), input([0], INT8)];
    expect(await numbersOf("QuantizeLinear", computed)).toEqual([-128, 127]);
  });
  test("of a scalar is a scalar", async () => {
    const [y] = await runOnnx("QuantizeLinear", [{ shape: [], data: [2.6] }, scalar(0.5)]);
    expect(y).toEqual({ shape: [], dtype: "int32", data: Int32Array.of(5) });
  });
  test("has a scale for each index of an axis", async () => {
    const x = input([
      [1, 2],
      [1, 2],
    ]);
    const inputs = [x, constant([1, 0.5]), constant([0, 10], UINT8)];
    expect(await numbersOf("QuantizeLinear", inputs)).toEqual([1, 14, 1, 14]);
    expect(await numbersOf("QuantizeLinear", inputs, { attributes: { axis: 0 } })).toEqual([
      1, 2, 12, 14,
    ]);
  });
});

describe("DequantizeLinear", () => {
  test("has a scale and a zero point for each block, the last of which may be shorter", async () => {
    const x = input([[10, 20, 30, 40, 50]], UINT8);
    const inputs = [x, constant([[1, 2, 3]]), constant([[0, 10, 40]], UINT8)];
    const attributes = { axis: 1, block_size: 2 };
    expect(await numbersOf("DequantizeLinear", inputs, { attributes })).toEqual([
      10, 20, 40, 60, 30,
    ]);
  });
  test("reads int32, and needs no zero point", async () => {
    const inputs = [input([-1_000_000, 7], INT32), scalar(0.5)];
    expect(await numbersOf("DequantizeLinear", inputs)).toEqual([-500_000, 3.5]);
  });
  test("rejects scales that do not fit its blocks", () => {
    const file = fileOf("DequantizeLinear", [input([[1, 2]], UINT8), constant([[1, 2]])], {
      attributes: { block_size: 2 },
    });
    expect(errorOf(() => parseOnnx(file, { name: "m.onnx" }))).toBe(
      'FormatError: onnx "m.onnx": node 0 "DequantizeLinear" (n): a scale of shape 1x2 does not fit ' +
        "blocks of 2 along axis 1 of x of shape 1x2",
    );
  });
});

test("QuantizeLinear rejects a type that it does not saturate to", () => {
  const file = fileOf("QuantizeLinear", [input([1]), scalar(1), scalar(0, INT32)]);
  expect(errorOf(() => parseOnnx(file, { name: "m.onnx" }))).toBe(
    'FormatError: onnx "m.onnx": node 0 "QuantizeLinear" (n): y has element type number 6, ' +
      "expected 8 or 16 bits",
  );
});

describe("DynamicQuantizeLinear", () => {
  const outputs = ["y", "scale", "zero"];
  test("takes its scale from the range of x, with 0 in it", async () => {
    const [y, scale, zero] = await runOnnx(
      "DynamicQuantizeLinear",
      [input([0, 2, -3, -2.5, 1.34, 0.5])],
      { outputs },
    );
    expect([...y.data]).toEqual([153, 255, 0, 26, 221, 179]);
    expect(scale.data[0]).toBeCloseTo(5 / 255, 7);
    expect(zero.data[0]).toBe(153);
    const above = await runOnnx("DynamicQuantizeLinear", [input([2, 5.1])], { outputs });
    expect(above.map(({ data }) => data[0])).toEqual([100, Math.fround(0.02), 0]);
  });
  test("of zeros has scale 1", async () => {
    const results = await runOnnx("DynamicQuantizeLinear", [input([0, 0])], { outputs });
    expect(results.map(({ data }) => data[0])).toEqual([0, 1, 0]);
  });
});

describe("ConvInteger", () => {
  const image: NodeInput = { shape: [1, 1, 2, 2], data: [7, 8, 9, 10], type: UINT8 };
  const kernel: NodeInput = {
    shape: [1, 1, 3, 3],
    data: new Array<number>(9).fill(3),
    type: UINT8,
    constant: true,
  };

  test("pads with the zero point", async () => {
    const inputs = [image, kernel, scalar(7, UINT8), scalar(2, UINT8)];
    const [y] = await runOnnx("ConvInteger", inputs, { attributes: { pads: [1, 1, 1, 1] } });
    // Everything in reach, 0 + 1 + 2 + 3, times 3 - 2.
    expect([...y.data]).toEqual([6, 6, 6, 6]);
    expect(y.dtype).toBe("int32");
  });
});

test("MatMulInteger has zero points for rows of a and columns of b", async () => {
  const a = input(
    [
      [5, 7],
      [1, 2],
    ],
    UINT8,
  );
  const b = constant(
    [
      [10, 20],
      [30, 40],
    ],
    INT8,
  );
  const inputs = [a, b, constant([5, 1], UINT8), constant([10, 0], INT8)];
  expect(await numbersOf("MatMulInteger", inputs)).toEqual([40, 80, 20, 40]);
});

describe("operators of com.microsoft", () => {
  const domain = "com.microsoft";
  const [a, b] = [input([100, 200, 255], UINT8), input([10, 0, 255], UINT8)];
  const qa = [a, scalar(0.5), scalar(100, UINT8)];
  const qb = [b, scalar(2), scalar(10, UINT8)];
  const y = [scalar(1), scalar(50, UINT8)];

  test.each([
    // 0, 50, 77.5 and 0, -20, 490
    ["QLinearAdd", [...qa, ...qb, ...y], {}, [50, 80, 255]],
    ["QLinearMul", [...qa, ...qb, ...y], {}, [50, 0, 255]],
    ["QLinearConcat", [...y, ...qa, ...qb], { axis: 0 }, [50, 100, 128, 50, 30, 255]],
    ["QLinearLeakyRelu", [...qb, ...y], { alpha: { f: 0.5 } }, [50, 40, 255]],
    ["QLinearSigmoid", [...qb, scalar(0.01), scalar(0, UINT8)], {}, [50, 0, 100]],
  ])("%s dequantises, computes and quantises", async (op, inputs, attributes, expected) => {
    expect(await numbersOf(op, inputs, { attributes, domain })).toEqual(expected);
  });
  test("QLinearGlobalAveragePool takes means of pixels", async () => {
    const image: NodeInput = { shape: [1, 2, 1, 2], data: [10, 20, 30, 50], type: UINT8 };
    const inputs = [image, scalar(2), scalar(10, UINT8), scalar(1), scalar(0, UINT8)];
    expect(await numbersOf("QLinearGlobalAveragePool", inputs, { domain })).toEqual([10, 60]);
  });
});

/** The fixture of blocks.md D.3: uint8 activations, int8 weights with a scale for each channel. */
describe("QLinearConv", () => {
  const golden = {
    shape: [1, 8, 9, 9],
    sum: 91233,
    l2: 3715.43685,
    max: 255,
    min: 0,
    samples: [
      [0, 129],
      [34, 173],
      [68, 167],
      [102, 124],
      [109, 76],
      [143, 153],
      [177, 189],
      [211, 153],
      [218, 89],
      [252, 177],
      [286, 116],
      [320, 132],
      [327, 141],
      [361, 131],
      [395, 129],
      [429, 138],
      [436, 153],
      [470, 186],
      [504, 143],
      [538, 141],
      [545, 255],
      [579, 194],
      [613, 154],
      [647, 117],
    ],
  };
  const [channels, outs, taps] = [6, 8, 9];
  const round = functionOf({ kind: "round" });
  const weight = Float32Array.from(
    { length: outs * channels * taps },
    (_, i) => syntheticNumber(i) * Math.fround(Math.sqrt(6 / (channels * taps))),
  );
  const scales = Float32Array.from({ length: outs }, (_, o) =>
    weight
      .subarray(o * channels * taps, (o + 1) * channels * taps)
      .reduce((most, w) => Math.max(most, Math.abs(w) / 127), 0),
  );
  const [xScale, yScale] = [0.00778826405, 0.0205202823].map(Math.fround);

  test("gives the codes of PyTorch's quantised values", async () => {
    const x = Array.from({ length: channels * 81 }, (_, i) => syntheticNumber(0x40000000 + i));
    const codes = await numbersOf("QuantizeLinear", [
      { shape: [1, channels, 9, 9], data: x },
      scalar(xScale),
      scalar(128, UINT8),
    ]);
    const weights = Array.from(weight, (w, i) =>
      round(w / scales[Math.floor(i / channels / taps)]),
    );
    const bias = Array.from(scales, (s, o) =>
      round((0.1 * syntheticNumber(0x10000000 + o)) / (xScale * s)),
    );
    const [y] = await runOnnx(
      "QLinearConv",
      [
        { shape: [1, channels, 9, 9], data: codes, type: UINT8 },
        scalar(xScale),
        scalar(128, UINT8),
        { shape: [outs, channels, 3, 3], data: weights, type: INT8, constant: true },
        constant([...scales]),
        constant(
          bias.map(() => 0),
          INT8,
        ),
        scalar(yScale),
        scalar(140, UINT8),
        constant(bias, INT32),
      ],
      { attributes: { pads: [1, 1, 1, 1] } },
    );
    const { maxError } = compareWithGolden(y, golden);
    expect(maxError).toBeLessThan(1e-4);
  });
});
