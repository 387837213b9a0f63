/** Chains whose middle is an integer or a boolean, kept as f32 and often not stored at all. */
import { expect, test } from "vitest";
import type { BinaryKind } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { DataType, Tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";

const scalar = (value: number): Tensor => ({
  shape: [],
  dtype: "int32",
  data: Int32Array.of(value),
});

const COUNT = 2 * 7 * 9;

/** Integers around zero, in a shape that ends inside of a quad. */
const INTEGERS: Tensor = {
  shape: [2, 7, 9],
  dtype: "int32",
  data: Int32Array.from({ length: COUNT }, (_, i) => i - COUNT / 2),
};

/** Numbers with fractions, among them halves. */
const FLOATS: Tensor = {
  shape: [2, 7, 9],
  dtype: "float32",
  data: Float32Array.from({ length: COUNT }, (_, i) => (i - COUNT / 2) / 4),
};

const cast = (builder: GraphBuilder, x: Value, to: DataType) => builder.op("cast", [x], { to });

const divided =
  (kind: BinaryKind, by: number, reversed = false) =>
  (builder: GraphBuilder, x: Value) => {
    const other = builder.constant(scalar(by));
    // No integer is divided by zero.
    const odd = builder.binary(
      "add",
      builder.binary("mul", x, builder.constant(scalar(2))),
      one(builder),
    );
    const y = reversed ? builder.binary(kind, other, odd) : builder.binary(kind, x, other);
    return builder.binary("mul", cast(builder, y, "float32"), builder.constant(half));
  };

const one = (builder: GraphBuilder) => builder.constant(scalar(1));
const half: Tensor = { shape: [], dtype: "float32", data: Float32Array.of(0.5) };

type Make = (builder: GraphBuilder, x: Value) => Value;

const CHAINS: readonly (readonly [string, Tensor, Make])[] = [
  ["a division of integers rounds toward zero", INTEGERS, divided("div", 4)],
  ["a division by a negative integer rounds toward zero", INTEGERS, divided("div", -3)],
  ["an integer is divided by integers", INTEGERS, divided("div", 1000, true)],
  ["a floor division of integers rounds down", INTEGERS, divided("floorDivide", 3)],
  ["a remainder of integers has the sign of the divisor", INTEGERS, divided("remainder", -5)],
  [
    "a cast to an integer rounds toward zero",
    FLOATS,
    (builder, x) => builder.binary("mul", cast(builder, cast(builder, x, "int32"), "float32"), x),
  ],
  [
    "a cast to a boolean counts",
    FLOATS,
    (builder, x) => {
      const is = cast(builder, cast(builder, x, "bool"), "int32");
      return builder.binary("add", is, builder.binary("add", is, is));
    },
  ],
  [
    "comparisons are joined",
    FLOATS,
    (builder, x) => {
      const [low, high] = [-3, 5].map((value) =>
        builder.constant({ ...half, data: Float32Array.of(value) }),
      );
      const between = builder.binary(
        "logicalAnd",
        builder.binary("greater", x, low),
        builder.binary("lessEqual", x, high),
      );
      return builder.op("where", [between, x, builder.constant(half)], {});
    },
  ],
];

function buildChain(x: Tensor, make: Make): Graph {
  const builder = new GraphBuilder("chain");
  builder.output("y", make(builder, builder.input("x", x.shape, x.dtype)));
  return builder.graph;
}

/** Twelve operands and as many functions: more than one kernel can bind. */
const long: Make = (builder, x) => {
  let y = x;
  for (let i = 0; i < 12; i++) {
    const other = builder.constant({ ...half, data: Float32Array.of(i - 5.5) });
    const row = builder.constant({
      shape: [9],
      dtype: "float32",
      data: new Float32Array(9).fill(i),
    });
    y = builder.unary(builder.binary("add", y, i % 2 ? other : row), { kind: "relu" });
  }
  return y;
};

test("a long chain is computed by several kernels", async () => {
  const graph = buildChain(FLOATS, long);
  const model = await load(graph, { device: await testDevice() });
  expectNear(await model.run({ x: FLOATS }), evaluateGraph(graph, { x: FLOATS }), 0);
  expect(model.explain().dispatches.length).toBe(3);
  model.dispose();
}, 60_000);

test("integers at the ends of int32 keep their sign", async () => {
  const data = Int32Array.of(2 ** 31 - 1, -(2 ** 31), 5);
  const x: Tensor = { shape: [3], dtype: "int32", data };
  const graph = buildChain(x, (builder, value) => builder.binary("maximum", value, value));
  const model = await load(graph, { device: await testDevice() });
  expect((await model.run({ x })).y.data).toEqual(data);
  model.dispose();
});

test.each(CHAINS)(
  "in a chain %s",
  async (_, x, make) => {
    const graph = buildChain(x, make);
    const model = await load(graph, { device: await testDevice() });
    const expected = evaluateGraph(graph, { x });
    expectNear(await model.run({ x }), expected, 0);
    // Not all alike: the chain was computed.
    expect(new Set(expected.y.data).size).toBeGreaterThan(1);
    model.dispose();
  },
  60_000,
);
