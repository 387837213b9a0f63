/** What costs decide: what is computed where it is read, stored beside its input, or by itself. */
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import {
  dispatchCost,
  forkCost,
  GPU,
  readsOf,
  rideCost,
  SOFTWARE,
} from "../../src/compiler/cost.ts";
import { bilinearAxes, upsampleFactor } from "../../src/compiler/upsampling.ts";
import type { FusionSwitches, Goal } from "../../src/compiler/options.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { conv, dispatchesOf, LOWER_TABLE, numbers, planOf, TRAITS } from "./graphs.ts";

type Make = (b: GraphBuilder, x: Value) => Value;

const graphOf = (shape: Shape, make: Make): Graph =>
  buildGraph({ x: shape }, (b, x) => ({ y: make(b, x) }));

const relu: Make = (b, x) => b.unary(x, { kind: "relu" });
const pooled: Make = (b, x) => b.op("globalAveragePool", [x], {});
const other: Make = (b, x) => b.maxPool2d(x, { kernel: [1, 1] });
const halve: Make = (b, x) => b.maxPool2d(x, { kernel: [2, 2], stride: [2, 2] });
const enlarge: Make = (b, x) =>
  b.op("resize", [x], {
    mode: "nearest",
    size: [x.shape[2] * 2, x.shape[3] * 2],
    coordinates: "asymmetric",
    rounding: "floor",
  });
const bilinear: Make = (b, x) =>
  b.op("resize", [x], {
    mode: "linear",
    size: [x.shape[2] * 2, x.shape[3] * 2],
    coordinates: "half_pixel",
    rounding: "floor",
  });
const depthwise = (b: GraphBuilder, x: Value, kernel: number): Value => {
  const padding = [kernel >> 1, kernel >> 1, kernel >> 1, kernel >> 1] as const;
  return conv(b, x, { out: x.shape[1], kernel, groups: x.shape[1], padding });
};
/** Both are stored: others read them. */
const two = (b: GraphBuilder, x: Value): [Value, Value] => {
  const [one, next] = [conv(b, x, { out: x.shape[1] }), other(b, x)];
  b.output("one", one);
  b.output("next", next);
  return [one, next];
};
const gatedSum: Make = (b, x) => {
  const [one, next] = two(b, x);
  const gated = b.binary("mul", next, pooled(b, next));
  return b.binary("add", b.binary("mul", one, pooled(b, one)), gated);
};

const last = (graph: Graph, goal: Goal = "time", software = true): string[] =>
  dispatchesOf(compile(graph, { ...TRAITS, software }, { goal }, LOWER_TABLE));

describe("a reader computes on its load", () => {
  test.each<[string, Shape, string, Make]>([
    [
      "a gated sum",
      [1, 8, 6, 6],
      "mul, add(mul) > conv/pointwise",
      (b, x) => conv(b, gatedSum(b, x), { out: 4 }),
    ],
    [
      "an enlargement and its sum with a map",
      [1, 8, 6, 6],
      "resize, add > conv/depthwise-rows",
      (b, x) => depthwise(b, b.binary("add", x, enlarge(b, halve(b, x))), 5),
    ],
    [
      "a shift",
      [1, 16, 8, 8],
      "shift > conv/pointwise",
      (b, x) => conv(b, b.op("shift", [x], { kernel: 3, dilation: 1 }), { out: 16 }),
    ],
    [
      "a sum, for a window too",
      [1, 8, 5, 5],
      "add > pool/max",
      (b, x) => b.maxPool2d(b.binary("add", ...two(b, x)), { kernel: [2, 2] }),
    ],
  ])("%s", (_, shape, expected, make) => {
    expect(last(graphOf(shape, make), "dispatches")).toContain(expected);
  });

  test("what several readers share", () => {
    const graph = graphOf([1, 8, 6, 6], (b, x) => {
      const [one] = two(b, x);
      const scaled = b.binary("mul", one, b.constant(numbers([8, 1, 1])));
      return b.binary("add", conv(b, scaled, { out: 4 }), conv(b, scaled, { out: 4 }));
    });
    expect(last(graph, "dispatches").filter((text) => text.startsWith("mul >"))).toHaveLength(2);
  });
});

describe("the software adapter", () => {
  const wide = graphOf([1, 64, 28, 28], (b, x) => conv(b, gatedSum(b, x), { out: 256 }));

  test("stores a sum that many tiles of channels read", () => {
    expect(last(wide)).toContain("elementwise/map > mul, add(mul)");
    expect(last(wide, "dispatches")).toContain("mul, add(mul) > conv/pointwise");
  });

  test("computes a gate on the load however many tiles read it", () => {
    const graph = graphOf([1, 64, 28, 28], (b, x) => {
      const [one] = two(b, x);
      return conv(b, b.binary("mul", one, pooled(b, one)), { out: 256 });
    });
    expect(last(graph)).toContain("mul > conv/pointwise");
  });

  test("says what it would have cost", () => {
    const { decisions } = planOf(wide);
    const [decision] = decisions.filter(({ choice }) => choice === "dispatch");
    expect(decision.load).toBeGreaterThan(decision.dispatch);
    expect(decision.fork).toBeNull();
  });
});

describe("a kernel stores beside its output", () => {
  const make: Make = (b, x) => {
    const [one, next] = two(b, x);
    return conv(b, b.binary("add", one, next), { out: 32, kernel: 3, padding: [1, 1, 1, 1] });
  };

  test("a sum that a later kernel would read often", () => {
    const graph = graphOf([1, 32, 28, 28], (b, x) => make(b, x));
    expect(last(graph).some((text) => text.includes("fork(add)"))).toBe(true);
  });

  test("nothing that needs what it has just computed as an operand too", () => {
    const graph = graphOf([1, 8, 6, 6], (b, x) => {
      const y = conv(b, x, { out: 8 });
      b.output("raw", y);
      return b.binary("mul", relu(b, y), b.unary(y, { kind: "tanh" }));
    });
    expect(last(graph)).toEqual(["conv/pointwise", expect.stringContaining("elementwise/map")]);
  });
});

test.each<[keyof FusionSwitches, Make, string]>([
  ["sumOnLoad", (b, x) => conv(b, b.binary("add", ...two(b, x)), { out: 4 }), "add > conv"],
  ["upsampleOnLoad", (b, x) => depthwise(b, enlarge(b, x), 3), "resize > conv"],
  [
    "bilinearOnLoad",
    (b, x) => b.binary("add", conv(b, x, { out: 8 }), bilinear(b, halve(b, x))),
    "add(resize)",
  ],
  [
    "shiftOnLoad",
    (b, x) => conv(b, b.op("shift", [x], { kernel: 3, dilation: 1 }), { out: 4 }),
    "shift > conv",
  ],
  ["operand", (b, x) => gatedSum(b, x), "add(mul)"],
  ["fork", (b, x) => relu(b, two(b, x)[0]), "fork(relu)"],
])("the switch %s turns it off", (name, make, text) => {
  const graph = graphOf([1, 8, 6, 6], make);
  const dispatches = (fuse: Partial<FusionSwitches>) =>
    dispatchesOf(
      compile(
        graph,
        TRAITS,
        { fuse: { fork: name === "fork", ...fuse }, goal: "dispatches" },
        LOWER_TABLE,
      ),
    ).join("; ");
  expect(dispatches({})).toContain(text);
  expect(dispatches({ [name]: false })).not.toContain(text);
});

describe("a bilinear up-sampling", () => {
  test("is part of the sum that a later convolution stores", () => {
    const graph = graphOf([1, 8, 8, 8], (b, x) => {
      const lateral = conv(b, x, { out: 6, name: "lateral" });
      const top = conv(b, halve(b, x), { out: 6, name: "top" });
      return b.binary("add", relu(b, lateral), bilinear(b, top));
    });
    const sum = "conv/pointwise > relu, add(resize)";
    expect(last(graph)).toEqual(["pool/max", "conv/pointwise", sum]);
  });

  test("is a dispatch of its own before a kernel that would read it often", () => {
    const graph = graphOf([1, 64, 28, 28], (b, x) =>
      conv(b, bilinear(b, halve(b, x)), { out: 64, kernel: 3, padding: [1, 1, 1, 1] }),
    );
    expect(last(graph)).toEqual(["pool/max", "resize/resize", "conv/direct"]);
  });

  test.each(["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"] as const)(
    "with coordinates %s has whole numbers for its places, at factors that are whole",
    (coordinates) => {
      const axesOf = (size: readonly [number, number]) =>
        bilinearAxes(
          graphOf([1, 4, 5, 7], (b, x) =>
            b.op("resize", [x], { mode: "linear", size, coordinates, rounding: "floor" }),
          ).nodes.find(({ op }) => op === "resize")!,
        );
      expect(axesOf([10, 7])).not.toBeNull();
      expect(axesOf([15, 28])).not.toBeNull();
      expect(axesOf([8, 14])).toBeNull();
    },
  );
});

test.each<[number, number, readonly [number, number] | null]>([
  [4, 8, [2, 2]],
  [4, 12, [3, 3]],
  [4, 6, null],
  [4, 4, [1, 1]],
])("an enlargement from %d to %d repeats pixels by %j", (from, to, factor) => {
  const graph = graphOf([1, 4, from, from], (b, x) =>
    b.op("resize", [x], {
      mode: "nearest",
      size: [to, to],
      coordinates: "asymmetric",
      rounding: "floor",
    }),
  );
  const resize = graph.nodes.find(({ op }) => op === "resize")!;
  expect(upsampleFactor(resize)).toEqual(factor);
});

describe("the cost", () => {
  const work = { operands: 1, held: 2, operations: 3 };

  test("of a ride is that of what is read and computed again", () => {
    const reads = { evaluations: 1000, holds: 100 };
    expect(rideCost(SOFTWARE, work, 250, reads)).toBeCloseTo(1000 * 8 + 2 * 100 * 5 + 3000 * 0.3);
    expect(rideCost(GPU, work, 250, reads)).toBeCloseTo(250 * 0.08 + 750 * 0.005 + 1 + 3);
  });

  test("of a dispatch is that of a fork, another load and the start", () => {
    const gap = dispatchCost(SOFTWARE, work, 100, null) - forkCost(SOFTWARE, work, 100);
    expect(gap).toBeCloseTo(25_000 + 600);
  });

  test("counts how often a kernel evaluates its load", () => {
    const graph = graphOf([1, 8, 14, 14], (b, x) => conv(b, x, { out: 64 }));
    const [node] = graph.nodes;
    // 2 quads of x, 16 of y in tiles of 4, 7 pixels a tile.
    expect(readsOf(node, TRAITS)).toEqual({ evaluations: 196 * 2 * 4, holds: 28 * 2 * 4 });
  });
});

test.each<[string, number]>([
  ["res2net50_26w_4s", 92],
  ["skresnext50_32x4d", 88],
  ["resnest50d", 80],
  ["hbonet_1.0", 81],
  ["shiftresnet20_e1_c10", 23],
  ["densenet121", 123],
])("%s takes at most %d dispatches that compute", { timeout: 60_000 }, (id, most) => {
  const graph = network(id);
  const bound = bindWeights(graph, syntheticWeights(graph), "formula");
  const { dispatches } = compile(bound, TRAITS, { goal: "dispatches" }, LOWER_TABLE);
  const computing = dispatches.filter(({ when, copy }) => when === "always" && !copy);
  expect(computing.length).toBeLessThanOrEqual(most);
});
