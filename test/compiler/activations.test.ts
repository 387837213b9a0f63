/** Every way in which files spell hard-swish, hard-sigmoid and SiLU. */
import { describe, expect, test } from "vitest";
import { recogniseActivations } from "../../src/compiler/passes/recognise-activations.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { cloneGraph } from "../../src/graph/rewrite.ts";
import { evaluateGraphInFloat64 } from "../../src/reference/evaluate.ts";
import { expectNear } from "../gpu/compare.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { kindsOf, numbers, scalar } from "./graphs.ts";

type Make = (b: GraphBuilder, x: Value) => Value;

const plus3: Make = (b, x) => b.binary("add", x, scalar(b, 3));
const relu6: Make = (b, x) => b.unary(x, { kind: "relu6" });
const clip: Make = (b, x) => b.unary(x, { kind: "clamp", min: 0, max: 6 });
const over6: Make = (b, x) => b.binary("div", x, scalar(b, 6));
const sixth: Make = (b, x) => b.binary("mul", x, scalar(b, 1 / 6));
const gate: Make = (b, x) => relu6(b, plus3(b, x));

function recognise(make: Make): Graph {
  const graph = buildGraph({ x: [2, 5, 4, 3] }, (builder, x) => ({ y: make(builder, x) }));
  const result = cloneGraph(graph);
  recogniseActivations.run(result);
  const x = numbers([2, 5, 4, 3], { scale: 5 });
  expectNear(evaluateGraphInFloat64(result, { x }), evaluateGraphInFloat64(graph, { x }), 1e-6);
  return result;
}

describe("recogniseActivations", () => {
  test.each<[string, Make]>([
    [
      "(x * relu6(x + 3)) / 6, as Keras and ONNX",
      (b, x) => over6(b, b.binary("mul", x, gate(b, x))),
    ],
    ["(relu6(x + 3) * x) / 6", (b, x) => over6(b, b.binary("mul", gate(b, x), x))],
    ["(x * relu6(x + 3)) * (1 / 6)", (b, x) => sixth(b, b.binary("mul", x, gate(b, x)))],
    [
      "(1 / 6) * (x * relu6(x + 3))",
      (b, x) => b.binary("mul", scalar(b, 1 / 6), b.binary("mul", x, gate(b, x))),
    ],
    [
      "x * (relu6(x + 3) * (1 / 6)), as Keras 3",
      (b, x) => b.binary("mul", x, sixth(b, gate(b, x))),
    ],
    ["x * (relu6(x + 3) / 6)", (b, x) => b.binary("mul", x, over6(b, gate(b, x)))],
    ["(relu6(x + 3) / 6) * x, as PyTorch", (b, x) => b.binary("mul", over6(b, gate(b, x)), x)],
    [
      "(x * (1 / 6)) * relu6(x + 3), as TensorFlow.js",
      (b, x) => b.binary("mul", sixth(b, x), gate(b, x)),
    ],
    ["(x / 6) * relu6(x + 3)", (b, x) => b.binary("mul", over6(b, x), gate(b, x))],
    ["relu6(x + 3) * (x / 6)", (b, x) => b.binary("mul", gate(b, x), over6(b, x))],
    ["x * clip(x + 3, 0, 6) / 6", (b, x) => over6(b, b.binary("mul", x, clip(b, plus3(b, x))))],
    [
      "x * relu6(3 + x) / 6",
      (b, x) => over6(b, b.binary("mul", x, relu6(b, b.binary("add", scalar(b, 3), x)))),
    ],
    [
      "numbers in an array of one",
      (b, x) => {
        const shifted = relu6(b, b.binary("add", x, scalar(b, 3, [1, 1, 1, 1])));
        return b.binary("div", b.binary("mul", x, shifted), scalar(b, 6, [1]));
      },
    ],
    [
      "x * hardSigmoid(x)",
      (b, x) => b.binary("mul", x, b.unary(x, { kind: "hardSigmoid", alpha: 1 / 6, beta: 0.5 })),
    ],
  ])("finds hard-swish in %s", (_, make) => {
    expect(kindsOf(recognise(make))).toBe("hardSwish");
  });

  test.each<[string, Make]>([
    ["relu6(x + 3) / 6", (b, x) => over6(b, gate(b, x))],
    ["relu6(x + 3) * (1 / 6)", (b, x) => sixth(b, gate(b, x))],
    [
      "(1 / 6) * clip(x + 3, 0, 6)",
      (b, x) => b.binary("mul", scalar(b, 1 / 6), clip(b, plus3(b, x))),
    ],
  ])("finds hard-sigmoid in %s", (_, make) => {
    expect(kindsOf(recognise(make))).toBe("hardSigmoid");
  });

  test.each<[string, Make]>([
    ["x * sigmoid(x)", (b, x) => b.binary("mul", x, b.unary(x, { kind: "sigmoid" }))],
    ["sigmoid(x) * x", (b, x) => b.binary("mul", b.unary(x, { kind: "sigmoid" }), x)],
  ])("finds SiLU in %s", (_, make) => {
    expect(kindsOf(recognise(make))).toBe("silu");
  });

  test.each<[string, string, Make]>([
    [
      "x * relu6(x + 2) / 6",
      "add, relu6, mul, div",
      (b, x) => over6(b, b.binary("mul", x, relu6(b, b.binary("add", x, scalar(b, 2))))),
    ],
    [
      "x * relu6(x + 3) / 5",
      "add, relu6, mul, div",
      (b, x) => b.binary("div", b.binary("mul", x, gate(b, x)), scalar(b, 5)),
    ],
    [
      "6 / relu6(x + 3)",
      "add, relu6, add, div",
      (b, x) => b.binary("div", scalar(b, 6), b.binary("add", gate(b, x), scalar(b, 1))),
    ],
    [
      "x * relu6(-x + 3) / 6",
      "neg, add, relu6, mul, div",
      (b, x) => over6(b, b.binary("mul", x, gate(b, b.unary(x, { kind: "neg" })))),
    ],
    [
      "x * hardSigmoid(x) of another slope",
      "hardSigmoid, mul",
      (b, x) => b.binary("mul", x, b.unary(x, { kind: "hardSigmoid", alpha: 0.2, beta: 0.5 })),
    ],
    [
      "x * sigmoid(2 * x)",
      "mul, sigmoid, mul",
      (b, x) => b.binary("mul", x, b.unary(b.binary("mul", x, scalar(b, 2)), { kind: "sigmoid" })),
    ],
  ])("leaves %s", (_, kinds, make) => {
    expect(kindsOf(recognise(make))).toBe(kinds);
  });

  test("keeps a gate that others read", () => {
    const make: Make = (b, x) => {
      const sigmoid = b.unary(x, { kind: "sigmoid" });
      return b.binary("add", b.binary("mul", x, sigmoid), sigmoid);
    };
    expect(kindsOf(recognise(make))).toBe("sigmoid, silu, add");
  });
});
