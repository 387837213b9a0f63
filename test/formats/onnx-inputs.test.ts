import { describe, expect, test } from "vitest";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import type { OnnxOptions } from "../../src/formats/onnx/onnx.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { errorOf } from "./error-of.ts";
import { encodeOnnx, floats, longs } from "./onnx-encode.ts";
import type { ModelSpec, TensorSpec } from "./onnx-encode.ts";

const parse = (bytes: Uint8Array, options?: OnnxOptions) =>
  parseOnnx(bytes, { name: "m.onnx", ...options });
const failure = (spec: ModelSpec, options?: OnnxOptions) =>
  errorOf(() => parse(encodeOnnx(spec), options));

const relu = (input: string, output: string, name?: string) => ({
  op: "Relu",
  inputs: [input],
  outputs: [output],
  name,
});
const x = { name: "x", shape: [1, 2, 3, 4] };

describe("inputs of parseOnnx", () => {
  const shapes = (shape: (number | string)[], inputShapes?: Record<string, number[]>) =>
    parse(encodeOnnx({ inputs: [{ name: "x", shape }], nodes: [relu("x", "y")] }), { inputShapes })
      .inputs[0].shape;

  test("have a batch size of 1 where the file gives none", () => {
    expect(shapes(["N", 3, 4, 5])).toEqual([1, 3, 4, 5]);
    expect(shapes([0, 3, 4, 5])).toEqual([1, 3, 4, 5]);
    expect(shapes([-1, 3, 4, 5])).toEqual([1, 3, 4, 5]);
  });

  test("have the shape that the caller gives", () => {
    expect(shapes(["N", 3, "height", "width"], { x: [2, 3, 4, 5] })).toEqual([2, 3, 4, 5]);
    expect(shapes([1, 3, 4, 5], { x: [1, 3, 8, 8] })).toEqual([1, 3, 8, 8]);
  });

  test("have the element types that the graph knows", () => {
    const types = { 1: "float32", 10: "float32", 11: "float32", 2: "int32", 7: "int32", 9: "bool" };
    for (const [type, dtype] of Object.entries(types)) {
      const bytes = encodeOnnx({ inputs: [{ ...x, type: Number(type) }], outputs: ["x"] });
      expect(parse(bytes).inputs[0].dtype).toBe(dtype);
    }
  });

  test("become constants where the caller knows their values", () => {
    const inputs = [x, { name: "axes", shape: [1], type: 7 }];
    const nodes = [{ op: "ReduceSum", inputs: ["x", "axes"], outputs: ["y"] }];
    const inputValues = { axes: tensor([1], Int32Array.of(-1)) };
    const graph = parse(encodeOnnx({ inputs, nodes }), { inputValues });
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(graph.nodes[0].attributes).toEqual({ kind: "sum", axes: [3], keepDims: true });
  });

  const sizes = (names: (number | string)[][], inputShapes?: Record<string, number[]>) => {
    const inputs = names.map((shape, i) => ({ name: `x${i}`, shape }));
    const file = encodeOnnx({ inputs, outputs: inputs.map(({ name }) => name) });
    return parse(file, { inputShapes }).inputs.map((input) => input.shape);
  };

  test("have the same size on all axes of a name", () => {
    expect(
      sizes([
        ["N", 3],
        ["N", 2],
        [5, "N"],
      ]),
    ).toEqual([
      [1, 3],
      [1, 2],
      [5, 1],
    ]);
    const names = [["N", 3, "h"], [2, "h", "N"], ["batch"]];
    expect(sizes(names, { x1: [2, 7, 4] })).toEqual([[4, 3, 7], [2, 7, 4], [1]]);
    expect(sizes(names, { x0: [4, 3, 7], x2: [9] })).toEqual([[4, 3, 7], [2, 7, 4], [9]]);
    const values = { x0: tensor([6], new Int32Array(6)) };
    const inputs = [
      { name: "x0", shape: ["N"], type: 7 },
      { name: "x1", shape: ["N", 2] },
    ];
    const graph = parse(encodeOnnx({ inputs, outputs: ["x1"] }), { inputValues: values });
    expect(graph.inputs[0].shape).toEqual([6, 2]);
  });

  test("are rejected where the shapes that are given contradict a name", () => {
    const given = { x0: [2, 3], x1: [5, 4] };
    expect(
      errorOf(() =>
        sizes(
          [
            ["N", 3],
            ["N", 4],
          ],
          given,
        ),
      ),
    ).toBe(
      'ShapeError: onnx "m.onnx": input "x1" has 5 on axis 0 ("N"), but "N" of input "x0" is 2',
    );
    expect(errorOf(() => sizes([["N", "N"]], { x0: [2, 3] }))).toBe(
      'ShapeError: onnx "m.onnx": input "x0" has 3 on axis 1 ("N"), but "N" of input "x0" is 2',
    );
    // What exporters write for any unknown size is no name.
    expect(
      sizes(
        [
          ["?", "?"],
          ["None", "None"],
        ],
        given,
      ),
    ).toEqual([
      [2, 3],
      [5, 4],
    ]);
  });

  const inputFailure = (shape: (number | string)[] | null, options?: OnnxOptions, type?: number) =>
    failure({ inputs: [{ name: "x", shape, type }], nodes: [relu("x", "y")] }, options);

  test("are rejected where a size is unknown", () => {
    expect(inputFailure([1, 3, "height", "width"])).toBe(
      'ShapeError: onnx "m.onnx": input "x" has no size on axis 2 ("height"); give its shape in inputShapes',
    );
    expect(inputFailure([1, 3, 0, 4])).toBe(
      'ShapeError: onnx "m.onnx": input "x" has no size on axis 2; give its shape in inputShapes',
    );
    expect(inputFailure(null)).toBe(
      'ShapeError: onnx "m.onnx": input "x" has no shape in the file; give it in inputShapes',
    );
  });

  test("are rejected where the given shape or name is another", () => {
    expect(inputFailure([1, 3, 4, 4], { inputShapes: { x: [3, 4, 4] } })).toBe(
      'ShapeError: onnx "m.onnx": input "x" has rank 4, but inputShapes gives 3x4x4',
    );
    expect(inputFailure([1, 3, 4, 4], { inputShapes: { image: [1, 3, 4, 4] } })).toBe(
      'FormatError: onnx "m.onnx": there is no input "image"; the inputs are x',
    );
    expect(inputFailure([1, 3, 4, 4], { inputShapes: { x: [1, 3, 0.5, 4] } })).toBe(
      'ShapeError: value "x": shape 1x3x0.5x4 is not valid',
    );
  });

  test("are rejected where they are not tensors of numbers", () => {
    expect(inputFailure([1], {}, 8)).toBe(
      'FormatError: onnx "m.onnx": input "x": element type string is not supported',
    );
    expect(inputFailure([1], {}, 17)).toBe(
      'FormatError: onnx "m.onnx": input "x": element type float8e4m3fn is not supported',
    );
    expect(failure({ inputs: [{ name: "x", shape: null, type: null }], outputs: ["x"] })).toBe(
      'FormatError: onnx "m.onnx": input "x" is not a tensor',
    );
  });
});

describe("initializers of parseOnnx", () => {
  const read = (spec: TensorSpec) =>
    parse(encodeOnnx({ outputs: ["w"], initializers: [{ ...spec, name: "w" }] })).outputs[0].value
      .constant;
  const bytes = (array: ArrayBufferView) => new Uint8Array(array.buffer);

  const largest = 2 ** 31 - 1;
  test.each<[string, TensorSpec, ArrayLike<number>]>([
    ["float_data", { dims: [2], type: 1, floats: [1, 2] }, Float32Array.of(1, 2)],
    ["double_data", { dims: [2], type: 11, doubles: [0.5, 2] }, Float32Array.of(0.5, 2)],
    ["int32_data", { dims: [2], type: 6, ints: [-1, 2] }, Int32Array.of(-1, 2)],
    ["uint8 in int32_data", { dims: [2], type: 2, ints: [255, 2] }, Int32Array.of(255, 2)],
    ["int8 in int32_data", { dims: [2], type: 3, ints: [-128, 2] }, Int32Array.of(-128, 2)],
    ["bool in int32_data", { dims: [2], type: 9, ints: [1, 0] }, Uint8Array.of(1, 0)],
    ["float16 in int32_data", { dims: [1], type: 10, ints: [0x3c00] }, Float32Array.of(1)],
    ["bfloat16 in int32_data", { dims: [1], type: 16, ints: [0x3f80] }, Float32Array.of(1)],
    ["int64_data", { dims: [2], type: 7, longs: [-(2 ** 50), 5] }, Int32Array.of(-(2 ** 31), 5)],
    [
      "uint64_data",
      { dims: [2], type: 13, unsignedLongs: [2 ** 40, 5] },
      Int32Array.of(largest, 5),
    ],
    [
      "raw float16",
      { dims: [1], type: 10, raw: bytes(Uint16Array.of(0xc000)) },
      Float32Array.of(-2),
    ],
    ["raw int64", longs("w", [2n ** 63n - 1n, -3]), Int32Array.of(largest, -3)],
    ["raw bool", { dims: [2], type: 9, raw: Uint8Array.of(1, 0) }, Uint8Array.of(1, 0)],
    ["a scalar", { dims: [], type: 1, floats: [3] }, Float32Array.of(3)],
    ["no elements", { dims: [0, 3], type: 1 }, Float32Array.of()],
  ])("read %s", (_, spec, expected) => {
    expect(read(spec)).toMatchObject({ shape: spec.dims, data: expected });
  });

  test("are views of the file where they are aligned", () => {
    const file = encodeOnnx({ outputs: ["w"], initializers: [floats("w", [2], [1, 2])] });
    const copies = [0, 1, 2, 3].map((shift) => {
      const buffer = new ArrayBuffer(file.length + 4);
      const shifted = new Uint8Array(buffer, shift, file.length);
      shifted.set(file);
      const data = parse(shifted).outputs[0].value.constant?.data;
      expect(data).toEqual(Float32Array.of(1, 2));
      return data?.buffer !== buffer;
    });
    expect(copies.filter(Boolean).length).toBe(3);
  });

  const at = 'FormatError: onnx "m.onnx": initializer "w"';
  test.each<[string, TensorSpec, string]>([
    [
      "too little raw data",
      { dims: [2, 3], type: 1, raw: new Uint8Array(20) },
      ": 20 bytes of data, but shape 2x3 of float32 needs 24",
    ],
    [
      "too much typed data",
      { dims: [1], type: 1, floats: [1, 2] },
      ": 2 elements of data, but shape 1 of float32 needs 1",
    ],
    [
      "an absurd shape",
      { dims: [2 ** 40, 2 ** 10], type: 1, floats: [1] },
      ": 1 elements of data, but shape 1099511627776x1024 of float32 needs 1125899906842624",
    ],
    ["a negative size", { dims: [-1], type: 1 }, ": shape -1 is not valid"],
    ["strings", { dims: [1], type: 8 }, ": element type string is not supported"],
  ])("are rejected with %s", (_, spec, expected) => {
    expect(errorOf(() => read(spec))).toBe(at + expected);
  });
});
