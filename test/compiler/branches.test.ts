/** Which convolutions become one, and which stay alone. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { mergeBranches } from "../../src/compiler/passes/merge-branches.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { cloneGraph } from "../../src/graph/rewrite.ts";
import { countMacs } from "../../src/graph/statistics.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { network } from "../../src/blocks/networks.ts";
import { evaluateGraphInFloat64 } from "../../src/reference/evaluate.ts";
import { expectNear } from "../gpu/compare.ts";
import { buildGraph } from "../gpu/small-models.ts";
import type { Convolution } from "./graphs.ts";
import { conv, copiesOf, kindsOf, LOWER_TABLE, numbers, planOf, TRAITS } from "./graphs.ts";

type Make = (b: GraphBuilder, x: Value) => Value;

const graphOf = (make: Make): Graph =>
  buildGraph({ x: [2, 6, 7, 5] }, (b, x) => ({ y: make(b, x) }));

/** The graph after the pass, which must compute what it computed before. */
function merged(graph: Graph): Graph {
  const result = cloneGraph(graph);
  mergeBranches.run(result);
  const x = numbers(graph.inputs[0].shape, { seed: 50 });
  expectNear(evaluateGraphInFloat64(result, { x }), evaluateGraphInFloat64(graph, { x }), 1e-6);
  expect(countMacs(result)).toBe(countMacs(graph));
  return result;
}

const active = (b: GraphBuilder, x: Value, options: Convolution): Value =>
  b.unary(conv(b, x, options), { kind: "relu" });

const wide = { kernel: 3, padding: [1, 1, 1, 1] } as const;

const pool: Make = (b, x) => b.maxPool2d(x, { kernel: [2, 2] });

describe("become one convolution", () => {
  test.each<[string, string, Make]>([
    [
      "those of a concatenation, which is it then",
      "conv2d, relu",
      (b, x) => b.concat([active(b, x, { out: 5 }), active(b, x, { out: 4, bias: false })]),
    ],
    [
      "a 1x1 and a 3x3 convolution",
      "conv2d, relu",
      (b, x) => b.concat([active(b, x, { out: 3 }), active(b, x, { out: 4, ...wide })]),
    ],
    [
      "those that different nodes read: as slices on quads",
      "conv2d, slice, slice, maxPool2d, maxPool2d, concat",
      (b, x) => b.concat([pool(b, conv(b, x, { out: 5 })), pool(b, conv(b, x, { out: 4 }))]),
    ],
    [
      "neighbours in a concatenation of more",
      "conv2d, relu, maxPool2d, concat",
      (b, x) => {
        const window = { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
        const others = [active(b, x, { out: 5 }), active(b, x, { out: 6 })];
        return b.concat([b.maxPool2d(x, window), ...others]);
      },
    ],
  ])("%s", (_, kinds, make) => {
    expect(kindsOf(merged(graphOf(make)))).toBe(kinds);
  });
});

describe("stay alone", () => {
  const both =
    (first: Convolution, second: Convolution): Make =>
    (b, x) =>
      b.concat([active(b, x, first), active(b, x, second)]);

  test.each<[string, Make]>([
    [
      "other sizes of outputs",
      (b, x) =>
        b.concat([
          pool(b, conv(b, x, { out: 4 })),
          conv(b, x, { out: 4, stride: [2, 2], kernel: 2 }),
        ]),
    ],
    [
      "other dilations",
      both({ out: 4, ...wide }, { out: 4, kernel: 3, padding: [2, 2, 2, 2], dilation: [2, 2] }),
    ],
    [
      "kernels of which none is a 1x1",
      both({ out: 4, ...wide }, { out: 4, kernel: 5, padding: [2, 2, 2, 2] }),
    ],
    ["groups", both({ out: 4, groups: 2 }, { out: 6, groups: 2 })],
    ["other activations", (b, x) => b.concat([active(b, x, { out: 4 }), conv(b, x, { out: 4 })])],
    [
      "a residual that rides on the store of one",
      (b, x) => b.binary("add", conv(b, x, { out: 4, ...wide }), conv(b, x, { out: 4 })),
    ],
    [
      "pieces in the middle of a concatenation, which would be copied",
      (b, x) => {
        const [first, second, third] = [4, 8, 12].map((out) => conv(b, x, { out }));
        const window = { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
        const spatial = conv(b, first, { out: 4, ...wide });
        const pools = [1, 2].map(() => b.maxPool2d(x, window));
        return b.concat([pools[0], second, spatial, third, pools[1]]);
      },
    ],
  ])("convolutions with %s", (_, make) => {
    const graph = graphOf(make);
    expect(kindsOf(merged(graph))).toBe(kindsOf(graph));
  });

  test("outputs of the model", () => {
    const graph = buildGraph({ x: [1, 4, 3, 3] }, (b, x) => ({
      y: conv(b, x, { out: 4 }),
      z: conv(b, x, { out: 8 }),
    }));
    expect(kindsOf(merged(graph))).toBe("conv2d, conv2d");
  });
});

test("the slice of a branch that begins or ends a concatenation is not copied", () => {
  const window = { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
  for (const isFirst of [true, false]) {
    const graph = graphOf((b, x) => {
      const [short, parted] = [active(b, x, { out: 8 }), active(b, x, { out: 12 })];
      const main = b.maxPool2d(parted, window);
      return pool(b, b.concat(isFirst ? [short, main] : [main, short]));
    });
    const plan = planOf(graph);
    expect(copiesOf(plan)).toEqual([]);
    expect(plan.dispatches.filter(({ when }) => when === "always")).toHaveLength(3);
  }
});

test.each([
  ["squeezenet1_1", 22],
  ["squeezenet1_0", 22],
  ["googlenet", 54],
])("%s takes at most %i dispatches, none of them a copy", (id, most) => {
  const graph = network(id);
  const bound = bindWeights(graph, syntheticWeights(graph), "formula");
  const plan = compile(bound, TRAITS, {}, LOWER_TABLE);
  const always = plan.dispatches.filter(({ when }) => when === "always");
  expect(always.length).toBeLessThanOrEqual(most);
  expect(copiesOf(plan)).toEqual([]);
  expect(always.reduce((sum, { macs }) => sum + macs, 0)).toBe(plan.macs);
});
