/** Gathers, scatters and what is composed of them, with values worked out by hand. */
import { describe, expect, test } from "vitest";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import { errorOf } from "./error-of.ts";
import { constant, fileOf, input, numbersOf, runOnnx, scalar } from "./run-onnx.ts";
import type { NodeInput, RunOptions } from "./run-onnx.ts";

const INT64 = 7;
const BOOL = 9;
const TABLE = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];

const failure = (op: string, inputs: NodeInput[], options: RunOptions = {}) =>
  errorOf(() => parseOnnx(fileOf(op, inputs, options), { name: "m.onnx" })).replace(
    `FormatError: onnx "m.onnx": node 0 "${op}" (n): `,
    "",
  );

/** Indices that are in the file, and those that come with each run. */
describe.each([
  ["constant", constant],
  ["computed", input],
] as const)("with %s indices", (_, indices) => {
  test("GatherElements picks along one axis, negative indices from the end", async () => {
    const places = [
      [1, -1, 0],
      [2, 0, -3],
    ];
    const rows = await numbersOf("GatherElements", [input(TABLE), indices(places, INT64)]);
    expect(rows).toEqual([4, 8, 3, 7, 2, 3]);
    const columns = [[0], [2], [-1]];
    const inputs = [input(TABLE), indices(columns, INT64)];
    expect(await numbersOf("GatherElements", inputs, { attributes: { axis: 1 } })).toEqual([
      1, 6, 9,
    ]);
  });
  test("GatherND picks elements, rows, and each within its batch", async () => {
    const elements = indices(
      [
        [0, 2],
        [-1, 0],
      ],
      INT64,
    );
    expect(await numbersOf("GatherND", [input(TABLE), elements])).toEqual([3, 7]);
    const rows = await runOnnx("GatherND", [input(TABLE), indices([[2], [0]], INT64)]);
    expect(rows[0]).toMatchObject({ shape: [2, 3] });
    expect([...rows[0].data]).toEqual([7, 8, 9, 1, 2, 3]);
    const inBatch = [input(TABLE), indices([[1], [-1], [0]], INT64)];
    expect(await numbersOf("GatherND", inBatch, { attributes: { batch_dims: 1 } })).toEqual([
      2, 6, 7,
    ]);
  });
  test("ScatterND puts rows and elements, or adds them", async () => {
    const rows = [
      input(TABLE),
      indices([[2], [0]], INT64),
      input([
        [10, 20, 30],
        [-1, -2, -3],
      ]),
    ];
    expect(await numbersOf("ScatterND", rows)).toEqual([-1, -2, -3, 4, 5, 6, 10, 20, 30]);
    const elements = [
      input(TABLE),
      indices(
        [
          [0, 0],
          [1, 1],
          [0, 0],
        ],
        INT64,
      ),
      input([10, 20, 30]),
    ];
    const attributes = { reduction: "add" };
    expect(await numbersOf("ScatterND", elements, { attributes })).toEqual([
      41, 2, 3, 4, 25, 6, 7, 8, 9,
    ]);
  });
  test("ScatterElements puts elements along one axis", async () => {
    const inputs = [input(TABLE), indices([[1, 0, 2]], INT64), input([[10, 20, 30]])];
    expect(await numbersOf("ScatterElements", inputs)).toEqual([1, 20, 3, 10, 5, 6, 7, 8, 30]);
    const columns = [input(TABLE), indices([[-1], [0], [1]], INT64), input([[10], [20], [30]])];
    expect(await numbersOf("ScatterElements", columns, { attributes: { axis: 1 } })).toEqual([
      1, 2, 10, 20, 5, 6, 7, 30, 9,
    ]);
  });
  test("OneHot has `on` at the index, and nowhere for one that is outside", async () => {
    const inputs = [indices([0, -1, 5], INT64), scalar(3, INT64), constant([2, 7])];
    expect(await numbersOf("OneHot", inputs)).toEqual([7, 2, 2, 2, 2, 7, 2, 2, 2]);
    const [y] = await runOnnx("OneHot", inputs, { attributes: { axis: 0 } });
    expect([...y.data]).toEqual([7, 2, 2, 2, 2, 2, 2, 7, 2]);
  });
});

describe("constant indices", () => {
  const twice = [input([1, 2, 3]), constant([[1], [1]], INT64), input([5, -4])];

  test.each([
    ["none", [1, -4, 3]],
    ["add", [1, 3, 3]],
    ["mul", [1, -40, 3]],
    ["max", [1, 5, 3]],
    ["min", [1, -4, 3]],
  ])("may repeat for ScatterND with reduction %s", async (reduction, expected) => {
    expect(await numbersOf("ScatterND", twice, { attributes: { reduction } })).toEqual(expected);
  });
  test("must be within x", () => {
    const inputs = [input([1, 2, 3]), constant([[3]], INT64), input([5])];
    expect(failure("ScatterND", inputs)).toBe("an index is outside of x: place 3 of 3");
  });
  test("may repeat at most 64 times", () => {
    const many = new Array<number[]>(65).fill([1]);
    const inputs = [input([1, 2]), constant(many, INT64), input(many.map(() => 1))];
    expect(failure("ScatterND", inputs, { attributes: { reduction: "add" } })).toBe(
      "an element is updated more than 64 times",
    );
  });
});

test("a scatter by computed indices says what it cannot do", () => {
  const inputs = [input([1, 2]), input([[1]], INT64), input([5])];
  expect(failure("ScatterND", inputs, { attributes: { reduction: "max" } })).toBe(
    'input 1 "x1" depends on the data, expected a constant for reduction "max"',
  );
  const large = (shape: number[], type = 1): NodeInput => ({ shape, data: [], type });
  expect(failure("ScatterND", [large([4096, 2]), large([2048, 1], INT64), large([2048, 2])])).toBe(
    "indices depend on the data, and 4096 rows x 2048 updates are too many",
  );
});

test("gathers and scatters reject indices and updates of other shapes", () => {
  expect(failure("GatherElements", [input(TABLE), input([1], INT64)])).toBe(
    "indices of shape 1 do not fit x of shape 3x3",
  );
  expect(failure("GatherND", [input([1]), input([[0, 0]], INT64)])).toBe(
    "indices of shape 1x2 do not fit x of shape 1 with 0 batch axes",
  );
  expect(failure("ScatterND", [input(TABLE), input([[1]], INT64), input([5])])).toBe(
    "updates have shape 1, expected 1x3",
  );
});

test("ArgMax and ArgMin take the first of equal extremes, or the last", async () => {
  const x = input([
    [2, 5, 5],
    [1, 1, 0],
  ]);
  const last = { axis: 1, select_last_index: 1 };
  expect(await numbersOf("ArgMax", [x], { attributes: { axis: 1 } })).toEqual([1, 0]);
  expect(await numbersOf("ArgMax", [x], { attributes: last })).toEqual([2, 1]);
  expect(await numbersOf("ArgMin", [x], { attributes: last })).toEqual([0, 2]);
  const [y] = await runOnnx("ArgMax", [x], { attributes: { ...last, keepdims: 0 } });
  expect(y).toMatchObject({ shape: [2], dtype: "int32" });
});

describe("CumSum", () => {
  const x = input([1, 2, 3, 4, 5]);
  test.each([
    [{}, [1, 3, 6, 10, 15]],
    [{ exclusive: 1 }, [0, 1, 3, 6, 10]],
    [{ reverse: 1 }, [15, 14, 12, 9, 5]],
    [{ exclusive: 1, reverse: 1 }, [14, 12, 9, 5, 0]],
  ])("with %j sums up", async (attributes, expected) => {
    expect(await numbersOf("CumSum", [x, scalar(0, INT64)], { attributes })).toEqual(expected);
  });
  test("keeps integers and sums along any axis", async () => {
    const [y] = await runOnnx("CumSum", [input(TABLE, INT64), scalar(-2, INT64)]);
    expect(y).toMatchObject({ shape: [3, 3], dtype: "int32" });
    expect([...y.data]).toEqual([1, 2, 3, 5, 7, 9, 12, 15, 18]);
  });
});

test("Trilu keeps the triangle above or below a diagonal", async () => {
  expect(await numbersOf("Trilu", [input(TABLE)])).toEqual([1, 2, 3, 0, 5, 6, 0, 0, 9]);
  const inputs = [input(TABLE, INT64), scalar(-1, INT64)];
  const lower = await numbersOf("Trilu", inputs, { attributes: { upper: 0 } });
  expect(lower).toEqual([0, 0, 0, 4, 0, 0, 7, 8, 0]);
  expect(failure("Trilu", [input([1, 2])])).toBe("x has rank 1, expected at least 2");
});

test("operators that pick elements do so where there are none", async () => {
  const none = { shape: [3, 0, 5], data: [] };
  expect((await runOnnx("Trilu", [none]))[0].shape).toEqual([3, 0, 5]);
  expect((await runOnnx("CumSum", [none, scalar(1, INT64)]))[0].shape).toEqual([3, 0, 5]);
  const tiles = constant([2, 3, 1], INT64);
  expect((await runOnnx("Tile", [none, tiles]))[0].shape).toEqual([6, 0, 5]);
});

test("Tile repeats along every axis", async () => {
  const inputs = [input([[1, 2]]), constant([2, 2], INT64)];
  expect(await numbersOf("Tile", inputs)).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
  expect(failure("Tile", [input([[1, 2]]), constant([2], INT64)])).toBe(
    "repeats are 2, expected 2 numbers from 0",
  );
});

describe("Pad", () => {
  const x = input([1, 2, 3]);
  const pad = (mode: string, pads: number[], value?: NodeInput) =>
    numbersOf("Pad", [x, constant(pads, INT64), ...(value ? [value] : [])], {
      attributes: { mode },
    });

  test.each([
    ["wrap", [2, 1], [2, 3, 1, 2, 3, 1]],
    ["wrap", [7, 0], [3, 1, 2, 3, 1, 2, 3, 1, 2, 3]],
    ["wrap", [-1, 2], [2, 3, 1, 2]],
    ["reflect", [2, 2], [3, 2, 1, 2, 3, 2, 1]],
    ["reflect", [5, 0], [2, 1, 2, 3, 2, 1, 2, 3]],
    ["edge", [-2, 2], [3, 3, 3]],
    ["constant", [1, -2], [0, 1]],
  ])("by %s with pads %j", async (mode, pads, expected) => {
    expect(await pad(mode, pads)).toEqual(expected);
  });
  test("with a value that is computed", async () => {
    const value: NodeInput = { shape: [], data: [9] };
    expect(await pad("constant", [1, 2], value)).toEqual([9, 1, 2, 3, 9, 9]);
    expect(await pad("constant", [-1, 2], value)).toEqual([2, 3, 9, 9]);
  });
  test("of booleans keeps their type", async () => {
    const inputs = [input([1, 0, 1], BOOL), constant([1, 0], INT64)];
    const [y] = await runOnnx("Pad", inputs, { attributes: { mode: "wrap" } });
    expect(y.dtype).toBe("bool");
    expect([...y.data]).toEqual([1, 1, 0, 1]);
  });
});
