/** Each pass changes the graph as it says, and no result. */
import { describe, expect, test } from "vitest";
import { expandBatchNorm } from "../../src/compiler/passes/expand-batch-norm.ts";
import { foldBatchNorm, replaceBatchNorm } from "../../src/compiler/passes/fold-batch-norm.ts";
import { foldConstants } from "../../src/compiler/passes/fold-constants.ts";
import { foldPadding } from "../../src/compiler/passes/fold-padding.ts";
import type { Pass } from "../../src/compiler/passes/pass.ts";
import { simplify } from "../../src/compiler/passes/simplify.ts";
import type { BinaryKind, OperatorAttributes } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { cloneGraph, isOp } from "../../src/graph/rewrite.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { evaluateGraphInFloat64 } from "../../src/reference/evaluate.ts";
import { expectNear } from "../gpu/compare.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { batchNorm, conv, kindsOf, numbers, scalar } from "./graphs.ts";

const X: Shape = [2, 6, 5, 4];

type Make = (builder: GraphBuilder, x: Value) => Value;

/** The graph after a pass, which must compute what the graph before it computed. */
function afterPass(pass: Pass, graph: Graph): Graph {
  const result = cloneGraph(graph);
  pass.run(result);
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, shape }, i) => [name, numbers(shape, { seed: 50 + i })]),
  );
  const expected = evaluateGraphInFloat64(graph, feeds);
  expectNear(evaluateGraphInFloat64(result, feeds), expected, 1e-6);
  return result;
}

const graphOf = (make: Make, shape = X): Graph =>
  buildGraph({ x: shape }, (builder, x) => ({ y: make(builder, x) }));

const affine =
  (kind: BinaryKind, shape: Shape, reversed = false): Make =>
  (builder, x) => {
    const y = conv(builder, x, { out: 6 });
    const constant = builder.constant(numbers(shape, { seed: 9, shift: 2 }));
    return reversed ? builder.binary(kind, constant, y) : builder.binary(kind, y, constant);
  };

describe("foldBatchNorm", () => {
  test.each<[string, Make]>([
    ["a convolution", (b, x) => batchNorm(b, conv(b, x, { out: 5, bias: false }))],
    ["a convolution with a bias", (b, x) => batchNorm(b, conv(b, x, { out: 5, kernel: 3 }))],
    ["a grouped convolution", (b, x) => batchNorm(b, conv(b, x, { out: 4, groups: 2 }))],
    [
      "a depthwise convolution",
      (b, x) => batchNorm(b, conv(b, x, { out: 6, groups: 6, kernel: 3 })),
    ],
    ["a second time", (b, x) => batchNorm(b, batchNorm(b, conv(b, x, { out: 3 })))],
    ["a scale of channels", affine("mul", [6, 1, 1])],
    ["a scale of channels in front", affine("mul", [1, 6, 1, 1], true)],
    ["a bias of channels", affine("add", [1, 6, 1, 1])],
    ["a difference", affine("sub", [6, 1, 1])],
    ["a quotient", affine("div", [6, 1, 1])],
    ["one number", affine("add", [1])],
    ["a scalar", affine("mul", [])],
  ])("takes %s into the weights", (_, make) => {
    const { nodes } = afterPass(foldBatchNorm, graphOf(make));
    expect(nodes.map(({ op }) => op)).toEqual(["conv2d"]);
    expect(nodes[0].inputs).toHaveLength(3);
  });

  test("takes a batch norm into a linear layer", () => {
    const make: Make = (builder, x) => {
      const weight = builder.constant(numbers([4, 6]));
      return batchNorm(builder, builder.linear(x, weight, null));
    };
    expect(kindsOf(afterPass(foldBatchNorm, graphOf(make, [3, 6])))).toBe("linear");
  });

  test.each([
    [1, 4],
    [2, 2],
    [3, 1],
  ])("takes a batch norm into a transposed convolution of %i groups", (groups, outs) => {
    const make: Make = (builder, x) => {
      const weight = builder.constant(numbers([6, outs, 3, 2]));
      const bias = builder.constant(numbers([outs * groups], { seed: 1 }));
      const y = builder.op("convTranspose2d", [x, weight, bias], {
        stride: [2, 2],
        padding: [1, 0, 0, 1],
        dilation: [1, 1],
        groups,
        outputPadding: [0, 0],
      });
      return batchNorm(builder, y);
    };
    expect(kindsOf(afterPass(foldBatchNorm, graphOf(make)))).toBe("convTranspose2d");
  });

  test.each<[string, string, Make]>([
    ["a number minus the convolution", "conv2d, sub", affine("sub", [6, 1, 1], true)],
    ["a number divided by the convolution", "conv2d, div", affine("div", [], true)],
    ["numbers that differ from row to row", "conv2d, mul", affine("mul", [1, 6, 5, 1])],
    ["numbers that differ from column to column", "conv2d, mul", affine("mul", [4])],
    ["what makes the shape greater", "conv2d, add", affine("add", [1, 2, 6, 5, 4])],
    [
      "what others read before it",
      "conv2d, batchNorm, add",
      (b, x) => {
        const y = conv(b, x, { out: 6 });
        return b.binary("add", batchNorm(b, y), y);
      },
    ],
    [
      "what lies behind an activation",
      "conv2d, relu, batchNorm",
      (b, x) => batchNorm(b, b.unary(conv(b, x, { out: 6 }), { kind: "relu" })),
    ],
    [
      "a convolution whose weights are computed",
      "square, conv2d, mul",
      (b, x) => {
        const weight = b.unary(b.constant(numbers([6, 6, 1, 1])), { kind: "square" });
        return b.binary("mul", b.conv2d(x, weight, null), scalar(b, 2));
      },
    ],
  ])("leaves %s", (_, kinds, make) => {
    expect(kindsOf(afterPass(foldBatchNorm, graphOf(make)))).toBe(kinds);
  });

  test("leaves a convolution that is an output", () => {
    const graph = buildGraph({ x: X }, (builder, x) => {
      const y = conv(builder, x, { out: 3 });
      return { raw: y, y: batchNorm(builder, y) };
    });
    expect(kindsOf(afterPass(foldBatchNorm, graph))).toBe("conv2d, batchNorm");
  });

  test("leaves the constants of others as they are", () => {
    const builder = new GraphBuilder("shared");
    const x = builder.input("x", X);
    const weight = builder.constant(numbers([6, 6, 1, 1]));
    const [a, b] = [builder.conv2d(x, weight, null), builder.conv2d(x, weight, null)];
    builder.output("y", builder.binary("add", batchNorm(builder, a), b));
    expect(kindsOf(afterPass(foldBatchNorm, builder.graph))).toBe("conv2d, conv2d, add");
  });
});

describe("replaceBatchNorm", () => {
  test.each([[X], [[3, 6]], [[2, 6, 5]]])("makes a scale and a bias of one on %s", (shape) => {
    const graph = afterPass(replaceBatchNorm, graphOf(batchNorm, shape));
    expect(kindsOf(graph)).toBe("mul, add");
  });
});

type Filling = Pick<OperatorAttributes["pad"], "mode" | "value">;

const padded =
  (before: number[], after: number[], filling: Filling = { mode: "constant", value: 0 }): Make =>
  (builder, x) =>
    builder.op("pad", [x], { before, after, ...filling });

const zeroPad = padded([0, 0, 1, 0], [0, 0, 2, 3]);

describe("expandBatchNorm", () => {
  test.each([[X], [[3, 6]], [[2, 6, 5]]])("makes a map of statistics of the run on %s", (shape) => {
    const computed: Make = (b, x) => {
      const [weight, bias] = [numbers([6]), numbers([6], { seed: 1 })].map((t) => b.constant(t));
      const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
      const mean = b.op("reduce", [x], { kind: "mean", axes, keepDims: false });
      const variance = b.unary(mean, { kind: "square" });
      return b.op("batchNorm", [x, weight, bias, mean, variance], { epsilon: 1e-3 });
    };
    const graph = afterPass(expandBatchNorm, graphOf(computed, shape));
    const views = "reshape, reshape";
    expect(kindsOf(graph)).toBe(`mean, square, ${views}, add, rsqrt, sub, mul, mul, add`);
  });
});

describe("foldPadding", () => {
  test("adds padding to that of the convolution", () => {
    const padding = [1, 1, 0, 2] as const;
    const make: Make = (b, x) => conv(b, zeroPad(b, x), { out: 4, kernel: 3, padding });
    const { nodes } = afterPass(foldPadding, graphOf(make));
    expect(nodes.map(({ op }) => op)).toEqual(["conv2d"]);
    expect(isOp(nodes[0], "conv2d") && nodes[0].attributes.padding).toEqual([2, 1, 2, 5]);
  });

  test("takes padding of padding", () => {
    const make: Make = (b, x) => conv(b, zeroPad(b, zeroPad(b, x)), { out: 4, kernel: 3 });
    const once = afterPass(foldPadding, graphOf(make));
    expect(kindsOf(once)).toBe("pad, conv2d");
    expect(kindsOf(afterPass(foldPadding, once))).toBe("conv2d");
  });

  test.each<[string, Make]>([
    ["of another number", padded([0, 0, 1, 1], [0, 0, 1, 1], { mode: "constant", value: 1 })],
    ["that repeats the edge", padded([0, 0, 1, 1], [0, 0, 1, 1], { mode: "edge", value: 0 })],
    ["of channels", padded([0, 1, 0, 0], [0, 0, 0, 0])],
    ["of images", padded([0, 0, 0, 0], [1, 0, 0, 0])],
  ])("leaves padding %s", (_, pad) => {
    const make: Make = (b, x) => conv(b, pad(b, x), { out: 4, kernel: 3 });
    expect(kindsOf(afterPass(foldPadding, graphOf(make)))).toBe("pad, conv2d");
  });

  test("leaves padding that others read", () => {
    const make: Make = (b, x) => {
      const wide = zeroPad(b, x);
      const y = conv(b, wide, { out: 6 });
      return b.binary("add", y, wide);
    };
    expect(kindsOf(afterPass(foldPadding, graphOf(make)))).toBe("pad, conv2d, add");
  });
});

describe("simplify", () => {
  test.each<[string, string, Make]>([
    ["an identity", "", (b, x) => b.unary(x, { kind: "identity" })],
    ["a reshape to the same shape", "", (b, x) => b.reshape(x, X)],
    ["an expansion to the same shape", "", (b, x) => b.op("expand", [x], { shape: X })],
    ["a concatenation of one", "", (b, x) => b.concat([x])],
    ["a cast to the same type", "", (b, x) => b.op("cast", [x], { to: "float32" })],
    [
      "a slice of all",
      "",
      (b, x) => b.op("slice", [x], { axes: [1], starts: [0], sizes: [6], steps: [1] }),
    ],
    [
      "a slice that turns an axis round, which stays",
      "slice",
      (b, x) => b.op("slice", [x], { axes: [1], starts: [5], sizes: [6], steps: [-1] }),
    ],
    ["a cast that rounds, which stays", "cast", (b, x) => b.op("cast", [x], { to: "int32" })],
    ["reshapes in a row", "reshape", (b, x) => b.reshape(b.reshape(x, [240]), [2, 120])],
    ["a reshape there and back", "", (b, x) => b.reshape(b.reshape(x, [240]), X)],
    ["a transpose of real axes, which stays", "transpose", (b, x) => b.transpose(x, [0, 2, 3, 1])],
  ])("drops %s", (_, kinds, make) => {
    const graph = cloneGraph(graphOf(make));
    simplify.run(graph);
    simplify.run(graph);
    expect(kindsOf(graph)).toBe(kinds);
    // An input that is returned as it is leaves no node to compute it.
    if (kinds !== "") afterPass(simplify, graphOf(make));
  });

  test("makes a reshape of a transpose that moves axes of size 1", () => {
    const make: Make = (b, x) => b.transpose(x, [0, 2, 3, 1]);
    expect(kindsOf(afterPass(simplify, graphOf(make, [1, 6, 1, 1])))).toBe("reshape");
    expect(kindsOf(afterPass(simplify, graphOf(make, [4, 1, 3, 2])))).toBe("reshape");
  });
});

describe("foldConstants", () => {
  test("computes what is known", () => {
    const make: Make = (b, x) => {
      const known = b.unary(b.constant(numbers([6, 1, 1])), { kind: "exp" });
      const scale = b.reshape(b.binary("add", known, scalar(b, 1)), [1, 6, 1, 1]);
      return b.binary("mul", x, scale);
    };
    expect(kindsOf(afterPass(foldConstants, graphOf(make)))).toBe("mul");
  });

  test("knows what has no elements, also of an input", () => {
    const make: Make = (b, x) => {
      const axes = [1];
      const sum = b.op("reduce", [b.unary(x, { kind: "exp" })], {
        kind: "sum",
        axes,
        keepDims: false,
      });
      return b.binary("add", sum, b.constant(numbers([2])));
    };
    expect(kindsOf(afterPass(foldConstants, graphOf(make, [2, 0])))).toBe("");
  });

  test("leaves what would grow beyond all measure", () => {
    const make: Make = (b, x) => {
      const huge = b.op("expand", [scalar(b, 1)], { shape: [2 ** 23] });
      const one = b.op("slice", [huge], { axes: [0], starts: [0], sizes: [1], steps: [1] });
      return b.binary("mul", x, one);
    };
    const graph = cloneGraph(graphOf(make));
    foldConstants.run(graph);
    expect(kindsOf(graph)).toBe("expand, slice, mul");
  });
});
