/** What becomes one kernel of gates, and what does not. */
import { describe, expect, test } from "vitest";
import { SIGMOID } from "../../src/blocks/activations.ts";
import type { Scope } from "../../src/blocks/scope.ts";
import { selectiveKernel } from "../../src/blocks/selective-kernel.ts";
import { splitAttention } from "../../src/blocks/split-attention.ts";
import { squeezeExcite } from "../../src/blocks/squeeze-excite.ts";
import { compile } from "../../src/compiler/compile.ts";
import { loadLowerTable } from "../../src/compiler/lower/table.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { graphOf } from "../blocks/build.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { conv, dispatchesOf, LOWER_TABLE, numbers, planOf, TRAITS } from "./graphs.ts";

function blockOf(shape: Shape, block: (scope: Scope, x: Value) => Value): Graph {
  const graph = graphOf(shape, block);
  return bindWeights(graph, syntheticWeights(graph), "formula");
}

const mean = (b: GraphBuilder, x: Value): Value => b.op("globalAveragePool", [x], {});
const relu = (b: GraphBuilder, x: Value): Value => b.unary(x, { kind: "relu" });
const excite = (b: GraphBuilder, vector: Value, out: number): Value =>
  b.unary(conv(b, relu(b, conv(b, vector, { out: 6 })), { out }), { kind: "sigmoid" });

type Make = (b: GraphBuilder, x: Value) => Readonly<Record<string, Value>>;
const kernelsOf = (make: Make, shape: Shape = [2, 8, 5, 6]): string[] =>
  dispatchesOf(planOf(buildGraph({ x: shape }, make)));

describe("the gates are one kernel of", () => {
  const squeeze = blockOf([1, 10, 6, 5], (scope, x) =>
    squeezeExcite(scope, x, { squeezeChannels: 3, gate: SIGMOID }),
  );

  test("a squeeze-and-excitation, two dispatches over the plain block", () => {
    expect(dispatchesOf(planOf(squeeze))).toEqual(["gate/gate > sigmoid", "elementwise/map > mul"]);
  });

  test("a selective kernel", () => {
    const graph = blockOf([1, 8, 6, 5], (scope, x) =>
      selectiveKernel(scope, x, { outChannels: 12, descriptorChannels: 5, branches: 3 }),
    );
    const gates = dispatchesOf(planOf(graph)).filter((name) => !name.startsWith("conv/"));
    expect(gates.slice(0, 1)).toEqual(["gate/gate"]);
    expect(gates.slice(1).every((name) => name.startsWith("elementwise/map"))).toBe(true);
  });

  test.each([1, 2, 4])("split attention of radix %d", (radix) => {
    const graph = blockOf([1, 16, 6, 5], (scope, x) =>
      splitAttention(scope, x, { outChannels: 16, radix, cardinality: 2 }),
    );
    const gates = dispatchesOf(planOf(graph)).filter((name) => !/^(conv|elementwise)\//.test(name));
    expect(gates).toEqual([radix === 1 ? "gate/gate > sigmoid" : "gate/gate"]);
  });

  test.each([2, 5, 6, 7, 11])("branches of %d channels, which are views of their gates", (c) => {
    const kernels = (block: (scope: Scope, x: Value) => Value): string[] =>
      dispatchesOf(planOf(blockOf([1, 8, 6, 5], block))).filter(
        (name) => !name.startsWith("conv/"),
      );
    const selective = kernels((scope, x) =>
      selectiveKernel(scope, x, { outChannels: c, descriptorChannels: 5, branches: 3 }),
    );
    expect(selective.filter((name) => !name.startsWith("elementwise/"))).toEqual(["gate/gate"]);
    // Groups of a convolution with fewer channels do not fill quads.
    if (c < 4) return;
    const split = kernels((scope, x) => splitAttention(scope, x, { outChannels: c, radix: 2 }));
    expect(split.filter((name) => !name.startsWith("elementwise/"))).toEqual(["gate/gate"]);
  });

  test("the mean of a sum, which is not stored", () => {
    const kernels = kernelsOf((b, x) => {
      const [p, q] = [1, 2].map(() => b.maxPool2d(x, { kernel: [1, 1] }));
      return { y: b.binary("mul", p, excite(b, mean(b, b.binary("add", p, q)), 8)) };
    });
    expect(kernels).toEqual([
      "pool/max",
      "pool/max",
      "gate/gate > sigmoid",
      "elementwise/map > mul",
    ]);
  });

  test.each([true, false])("branches that are stacked, of one map: %s", (split) => {
    const kernels = kernelsOf((b, x) => {
      const [images, channels, height, width] = x.shape;
      const maps = [1, 2].map(() => b.maxPool2d(x, { kernel: [1, 1] }));
      const shape = [images, 2, channels, height, width];
      const stacked = split
        ? b.reshape(conv(b, x, { out: 2 * channels }), shape)
        : b.concat(maps.map((map) => b.reshape(map, [images, 1, ...map.shape.slice(1)])));
      const sum = (value: Value) =>
        b.op("reduce", [value], { kind: "sum", axes: [1], keepDims: false });
      const hidden = relu(b, conv(b, mean(b, sum(stacked)), { out: 6 }));
      const logits = b.reshape(conv(b, hidden, { out: 2 * channels }), [images, 2, channels, 1, 1]);
      const gates = b.op("softmax", [logits], { axis: 1 });
      return { y: sum(b.binary("mul", stacked, gates)) };
    });
    expect(kernels.filter((name) => name.startsWith("gate/"))).toEqual(["gate/gate"]);
    expect(kernels.join()).not.toMatch(/layout|reduce|softmax/);
  });

  test("explain names its nodes and what it applies between the layers", () => {
    const [dispatch] = planOf(squeeze).dispatches.filter(({ kernel }) => kernel === "gate/gate");
    expect(dispatch.fused).toEqual({ store_squeezed: ["relu"], store_y: ["sigmoid"] });
    expect(dispatch.nodes).toHaveLength(5);
    expect(dispatch.macs).toBe(2 * 10 * 3);
  });
});

describe("the gates are not one kernel", () => {
  const apart = (make: Make): void => expect(kernelsOf(make).join()).not.toContain("gate/gate");

  test("where the fusion is switched off", () => {
    const graph = buildGraph({ x: [1, 8, 5, 6] }, (b, x) => ({
      y: b.binary("mul", x, excite(b, mean(b, x), 8)),
    }));
    expect(dispatchesOf(planOf(graph, { squeezeExcite: false }))).toEqual([
      "reduce/global-average",
      "linear/linear > relu",
      "linear/linear > sigmoid",
      "elementwise/map > mul",
    ]);
  });

  test("where they are the scores of a classifier", () => {
    apart((b, x) => ({ y: excite(b, mean(b, x), 8) }));
  });

  test("where another reads the mean", () => {
    apart((b, x) => {
      const squeezed = mean(b, x);
      return { mean: squeezed, y: b.binary("mul", x, excite(b, squeezed, 8)) };
    });
  });

  test("where what lies between the layers needs an operand", () => {
    apart((b, x) => {
      const squeezed = conv(b, mean(b, x), { out: 6 });
      const active = b.op("prelu", [squeezed, b.constant(numbers([6, 1, 1]))], {});
      return { y: b.binary("mul", x, conv(b, active, { out: 8 })) };
    });
  });

  test("where they weigh more branches than the kernel takes", () => {
    apart((b, x) => {
      const maps = [1, 2, 3, 4, 5].map(() => b.maxPool2d(x, { kernel: [1, 1] }));
      const sum = maps.map((map) => mean(b, map)).reduce((a, c) => b.binary("add", a, c));
      return { y: b.binary("mul", x, excite(b, sum, 8)) };
    });
  });
});

test("a GPU computes the mean of a large map in a dispatch before it", () => {
  const graph = buildGraph({ x: [1, 64, 128, 129] }, (b, x) => ({
    y: b.binary("mul", x, excite(b, mean(b, x), 64)),
  }));
  const plan = compile(graph, { ...TRAITS, software: false }, {}, LOWER_TABLE);
  const kernels = ["reduce/global-average", "gate/gate > sigmoid", "elementwise/map > mul"];
  expect(dispatchesOf(plan)).toEqual(kernels);
  expect(dispatchesOf(planOf(graph))).toEqual(kernels.slice(1));
});

test("the fusions of gates are loaded for networks with gates only", async () => {
  const plain = buildGraph({ x: [1, 8, 5, 6] }, (b, x) => ({ y: relu(b, conv(b, x, { out: 4 })) }));
  expect((await loadLowerTable(plain)).fusions).toEqual([]);
  const gated = buildGraph({ x: [1, 8, 5, 6] }, (b, x) => ({
    y: b.binary("mul", x, excite(b, mean(b, x), 8)),
  }));
  const names = (await loadLowerTable(gated)).fusions!.map(({ name }) => name);
  expect(names).toEqual(["splitAttention", "squeezeExcite", "efficientChannelAttention"]);
});
