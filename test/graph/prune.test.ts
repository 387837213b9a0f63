/** Pruning on graphs small enough to count by hand. */
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { mask, prune } from "../../src/graph/prune.ts";
import type { PruneOptions } from "../../src/graph/prune/choose.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { differenceOf } from "./differences.ts";

interface Layers {
  readonly builder: GraphBuilder;
  readonly x: Value;
  readonly conv: (
    name: string,
    x: Value,
    outChannels: number,
    groups?: number,
    kernel?: number,
  ) => Value;
  readonly norm: (name: string, x: Value) => Value;
}

/** A graph with synthetic weights; x [2, 3, 5, 4] is its input. */
function build(body: (layers: Layers) => Record<string, Value>): Graph {
  const builder = new GraphBuilder("tiny");
  const x = builder.input("x", [2, 3, 5, 4]);
  const conv: Layers["conv"] = (name, from, outChannels, groups = 1, kernel = 1) => {
    const shape = [outChannels, from.shape[1] / groups, kernel, kernel];
    const weight = builder.parameter(`${name}.weight`, shape);
    const bias = builder.parameter(`${name}.bias`, [outChannels]);
    const edge = (kernel - 1) / 2;
    const padding = [edge, edge, edge, edge] as const;
    return builder.conv2d(from, weight, bias, { groups, padding }, name);
  };
  const norm: Layers["norm"] = (name, from) => {
    const keys = ["weight", "bias", "running_mean", "running_var"];
    const channels = [from.shape[1]];
    const parameters = keys.map((key) => builder.parameter(`${name}.${key}`, channels));
    return builder.op("batchNorm", [from, ...parameters], { epsilon: 1e-5 }, name);
  };
  for (const [name, value] of Object.entries(body({ builder, x, conv, norm }))) {
    builder.output(name, value);
  }
  return bindWeights(builder.graph, syntheticWeights(builder.graph), "formula");
}

function shapesOf(graph: Graph): Record<string, string> {
  return Object.fromEntries(
    graph.nodes.map((node) => [
      node.name,
      [...node.inputs.slice(1), ...node.outputs].map((value) => value?.shape.join("x")).join(" "),
    ]),
  );
}

/** Prunes, and checks that the result computes what the masked graph computes. */
function pruneChecked(
  graph: Graph,
  options: Parameters<typeof prune>[1],
): ReturnType<typeof prune> {
  const pruned = prune(graph, options);
  const inputs = { x: syntheticInput(graph.inputs[0].shape) };
  expect(differenceOf(pruned.graph, mask(graph, pruned.keeps), inputs)).toBeLessThan(1e-12);
  return pruned;
}

const chain = build(({ x, conv, norm, builder }) => {
  const a = builder.unary(norm("bn", conv("a", x, 8, 1, 3)), { kind: "sigmoid" }, "act");
  return { y: conv("b", a, 6) };
});

describe("prune", () => {
  it("removes parameters and MACs as counted by hand", () => {
    const { graph, weights } = pruneChecked(chain, { keep: 0.5 });
    // a: 8 * 3 * 9 + 8, bn: 16, b: 6 * 8 + 6; then a with 4 channels.
    expect([countParameters(chain), countParameters(graph)]).toEqual([294, 4 * 28 + 8 + 6 * 4 + 6]);
    expect([countMacs(chain), countMacs(graph)]).toEqual([40 * 264, 40 * (4 * 27 + 6 * 4)]);
    expect(weights.get("b.weight")?.shape).toEqual([6, 4, 1, 1]);
    expect([...weights.keys()]).toEqual([...syntheticWeights(chain).keys()]);
  });

  it("leaves the graph that it is given", () => {
    const before = shapesOf(chain);
    prune(chain, { keep: 0.25 });
    expect(shapesOf(chain)).toEqual(before);
  });

  it("gives the same graph if it keeps all", () => {
    const { graph } = prune(chain, { keep: 1, divisor: 8 });
    expect(graph).toEqual(chain);
  });

  it("keeps the filters with the greatest sums of magnitudes", () => {
    const weight = chain.nodes[0].inputs[1]?.constant?.data ?? [];
    const sums = Array.from({ length: 8 }, (_, o) =>
      [...weight.slice(o * 27, (o + 1) * 27)].reduce((sum, w) => sum + Math.abs(w), 0),
    );
    const third = [...sums].sort((p, q) => q - p)[2];
    const best = sums.flatMap((sum, o) => (sum >= third ? [o] : []));
    expect(prune(chain, { keep: { channels: 3 } }).keeps.get("a")).toEqual(best);
  });

  it("keeps the channels with the greatest scales of batch norm", () => {
    const gamma = [...(chain.nodes[1].inputs[1]?.constant?.data ?? [])].map(Math.abs);
    const third = [...gamma].sort((p, q) => q - p)[2];
    const best = gamma.flatMap((scale, o) => (scale >= third ? [o] : []));
    const options: PruneOptions = { keep: { channels: 3 }, criterion: "gamma" };
    expect(prune(chain, options).keeps.get("a")).toEqual(best);
  });

  it("leaves layers whole that no batch norm scores", () => {
    const graph = build(({ x, conv }) => ({ y: conv("b", conv("a", x, 8), 6) }));
    expect(prune(graph, { keep: 0.5, criterion: "gamma" }).graph).toEqual(graph);
  });

  it.each([
    [0.5, 1, 12],
    [0.5, 8, 16],
    [0.1, 8, 8],
    [0.9, 16, 16],
    [1, 16, 24],
    [{ channels: 5 }, 4, 4],
    [{ channels: 99 }, 4, 24],
  ])("with keep %j and divisor %i keeps %i of 24 channels", (keep, divisor, expected) => {
    const graph = build(({ x, conv }) => ({ y: conv("b", conv("a", x, 24), 6) }));
    expect(prune(graph, { keep, divisor }).keeps.get("a")).toHaveLength(expected);
  });

  it("takes other numbers for single layers", () => {
    const graph = build(({ x, conv }) => ({ y: conv("c", conv("b", conv("a", x, 8), 8), 8) }));
    const { keeps } = prune(graph, { keep: 0.5, layers: { a: 1, b: { channels: 3 } } });
    expect([...keeps.values()].map((keep) => keep.length)).toEqual([8, 3, 8]);
  });

  it("takes keep-sets that the caller chose", () => {
    const keeps = new Map([["a", [1, 6]]]);
    expect(shapesOf(pruneChecked(chain, { keeps }).graph)).toEqual({
      a: "2x3x3x3 2 2x2x5x4",
      bn: "2 2 2 2 2x2x5x4",
      act: "2x2x5x4",
      b: "6x2x1x1 6 2x6x5x4",
    });
  });
});

describe("channels", () => {
  it("are shared by all that is added, and by a gate and what it weighs", () => {
    const graph = build(({ x, conv, builder }) => {
      const trunk = conv("a", x, 8);
      const mean = builder.op("globalAveragePool", [trunk], {}, "mean");
      const gate = builder.unary(conv("fc2", conv("fc1", mean, 4), 8), { kind: "sigmoid" });
      const sum = builder.binary("add", trunk, builder.binary("mul", conv("b", trunk, 8), gate));
      return { y: conv("c", sum, 2) };
    });
    const { keeps } = pruneChecked(graph, { keep: 0.5 });
    expect(keeps.get("b")).toEqual(keeps.get("a"));
    expect(keeps.get("fc2")).toEqual(keeps.get("a"));
    expect([...keeps.values()].map((keep) => keep.length)).toEqual([4, 2, 4, 4, 2]);
  });

  it("are followed through concat, slices, PReLU, padding and flatten", () => {
    const graph = build(({ x, conv, builder }) => {
      const joined = builder.concat([conv("a", x, 6), x, conv("b", x, 5)]);
      const slope = builder.parameter("slope.weight", [14, 1, 1]);
      const active = builder.op("prelu", [joined, slope], {}, "prelu");
      const slice = { axes: [1], starts: [4], sizes: [8], steps: [1] };
      const part = builder.op("slice", [active], slice, "part");
      const pads = { before: [0, 1, 0, 0], after: [0, 2, 0, 0] };
      const padded = builder.op("pad", [part], { ...pads, mode: "constant", value: 0.5 }, "padded");
      const flat = builder.reshape(padded, [2, 11 * 20], "flat");
      const weight = builder.parameter("fc.weight", [3, 220]);
      return { y: builder.linear(flat, weight, null, "fc") };
    });
    const keeps = new Map([
      ["a", [0, 5]],
      ["b", [1, 4]],
    ]);
    expect(shapesOf(pruneChecked(graph, { keeps }).graph)).toMatchObject({
      concat_2: "2x3x5x4 2x2x5x4 2x7x5x4",
      prelu: "7x1x1 2x7x5x4",
      part: "2x5x5x4",
      padded: "2x8x5x4",
      fc: "3x160 2x3",
    });
    pruneChecked(graph, { keep: 0.5 });
  });

  it("of a depthwise layer are those of its input", () => {
    const graph = build(({ x, conv }) => {
      return { y: conv("c", conv("dw", conv("a", x, 6), 12, 6, 3), 2) };
    });
    const { graph: smaller, keeps } = pruneChecked(graph, { keep: 0.5 });
    expect(keeps.get("dw")).toEqual(keeps.get("a")?.flatMap((o) => [2 * o, 2 * o + 1]));
    expect(smaller.nodes[1]).toMatchObject({ attributes: { groups: 3 } });
  });

  it("are equally many in each group, and the best of each", () => {
    const graph = build(({ x, conv }) => {
      return { y: conv("c", conv("g", conv("a", x, 12), 9, 3, 3), 2) };
    });
    const { keeps, graph: smaller } = pruneChecked(graph, { keep: 0.5 });
    const counts = (name: string, size: number): number[] =>
      [0, 1, 2].map(
        (g) => (keeps.get(name) ?? []).filter((o) => Math.floor(o / size) === g).length,
      );
    expect([counts("a", 4), counts("g", 3)]).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ]);
    expect(shapesOf(smaller).g).toBe("6x2x3x3 6 2x6x5x4");
  });

  it("keep the same places in each group of a shuffle", () => {
    const graph = build(({ x, conv, builder }) => {
      const grouped = builder.reshape(conv("a", x, 12), [2, 3, 4, 5, 4], "grouped");
      const swapped = builder.transpose(grouped, [0, 2, 1, 3, 4], "swapped");
      return { y: conv("c", builder.reshape(swapped, [2, 12, 5, 4], "shuffled"), 2) };
    });
    const { keeps, graph: smaller } = pruneChecked(graph, { keep: 0.5 });
    const places = (keeps.get("a") ?? []).map((o) => o % 4);
    expect(new Set(places).size).toBe(2);
    expect(shapesOf(smaller)).toMatchObject({ grouped: "2x3x2x5x4", shuffled: "2x6x5x4" });
  });

  it("lose whole places where a shuffle gives each group one channel of every place", () => {
    const graph = build(({ x, conv, builder }) => {
      const a = conv("a", conv("s", x, 6), 18, 3);
      const placed = builder.reshape(a, [2, 6, 3, 5, 4], "placed");
      const swapped = builder.transpose(placed, [0, 2, 1, 3, 4], "swapped");
      const shuffled = builder.reshape(swapped, [2, 18, 5, 4], "shuffled");
      return { y: conv("c", conv("b", shuffled, 6, 3), 2) };
    });
    const { keeps, graph: smaller, whole } = pruneChecked(graph, { keep: 0.5 });
    const kept = keeps.get("a") ?? [];
    // Of each group of 6 one of its two places, with all three channels.
    const places = [...new Set(kept.map((o) => Math.floor(o / 3)))];
    expect(places.map((place) => Math.floor(place / 2))).toEqual([0, 1, 2]);
    expect(kept).toHaveLength(9);
    expect(shapesOf(smaller)).toMatchObject({ placed: "2x3x3x5x4", b: "3x3x1x1 3 2x3x5x4" });
    expect(whole).toEqual(["c"]);
  });

  it("stay as many in a pixel shuffle as its blocks have pixels", () => {
    const graph = build(({ x, conv, builder }) => {
      const blocks = builder.reshape(conv("a", x, 24), [2, 6, 2, 2, 5, 4], "blocks");
      const moved = builder.transpose(blocks, [0, 1, 4, 2, 5, 3], "moved");
      return { y: conv("c", builder.reshape(moved, [2, 6, 10, 8], "pixels"), 2) };
    });
    expect(shapesOf(pruneChecked(graph, { keep: 0.5 }).graph)).toMatchObject({
      blocks: "2x3x2x2x5x4",
      pixels: "2x3x10x8",
    });
  });

  it("are equally many in groups that a concatenation does not line up with", () => {
    const graph = build(({ x, conv, builder }) => {
      const joined = builder.concat([conv("a", x, 3), conv("b", conv("s", x, 6), 9, 3)]);
      return { y: conv("c", conv("g", joined, 4, 2), 2) };
    });
    // Of 12 channels 3 + 3 and 6 make the groups of "g", of the last 9 each 3 those of "b".
    const { keeps } = pruneChecked(graph, { keep: 0.7 });
    const [a, b] = ["a", "b"].map((name) => keeps.get(name) ?? []);
    expect([a.length, b.length]).toEqual([2, 6]);
    expect([0, 1, 2].map((g) => b.filter((o) => Math.floor(o / 3) === g).length)).toEqual([
      2, 2, 2,
    ]);
  });

  it("that layers share only in part are pruned in parts", () => {
    const graph = build(({ x, conv, builder }) => {
      const trunk = builder.binary("add", conv("a", x, 8), conv("b", x, 8));
      const wide = builder.concat([trunk, conv("n", x, 16)]);
      return { y: conv("c", builder.binary("add", wide, conv("w", x, 24)), 2) };
    });
    const { keeps } = pruneChecked(graph, { keep: 0.25 });
    expect(["a", "b", "n", "w"].map((name) => keeps.get(name)?.length)).toEqual([2, 2, 4, 6]);
  });

  it("of a transposed convolution lie along the other axis of its weight", () => {
    const graph = build(({ x, conv, builder }) => {
      const weight = builder.parameter("up.weight", [8, 3, 2, 2]);
      const ones = { stride: [2, 2], dilation: [1, 1], outputPadding: [0, 0] } as const;
      const attributes = { ...ones, padding: [0, 0, 0, 0], groups: 2 } as const;
      const up = builder.op("convTranspose2d", [conv("a", x, 8), weight], attributes, "up");
      return { y: conv("c", up, 2) };
    });
    expect(shapesOf(pruneChecked(graph, { keep: 0.5 }).graph).up).toBe("4x2x2x2 2x4x10x8");
  });

  it("of a part that would lose all keep the best one", () => {
    const graph = build(({ x, conv, builder }) => {
      const a = conv("a", x, 8);
      const part = (start: number): Value =>
        builder.op(
          "slice",
          [a],
          { axes: [1], starts: [start], sizes: [1], steps: [1] },
          `s${start}`,
        );
      return { y: conv("c", part(0), 2), z: conv("d", part(7), 2) };
    });
    const kept = pruneChecked(graph, { keep: 0.125 }).keeps.get("a") ?? [];
    expect(kept).toContain(0);
    expect(kept).toContain(7);
  });

  it.each<[string, (layers: Layers, a: Value) => Value]>([
    [
      "a mean over them",
      ({ builder }, a) => builder.op("reduce", [a], { kind: "mean", axes: [1], keepDims: true }),
    ],
    ["a softmax over them", ({ builder }, a) => builder.op("softmax", [a], { axis: 1 })],
    ["a shift", ({ builder }, a) => builder.op("shift", [a], { kernel: 3, dilation: 1 })],
    [
      "every other one of them",
      ({ builder }, a) =>
        builder.op("slice", [a], { axes: [1], starts: [0], sizes: [4], steps: [2] }),
    ],
    [
      "a product with what is whole",
      ({ builder, x }, a) => {
        const corner = { axes: [1, 2, 3], starts: [0, 0, 0], sizes: [1, 1, 1], steps: [1, 1, 1] };
        const pixel = builder.op("slice", [x], corner, "pixel");
        return builder.binary("mul", a, builder.op("expand", [pixel], { shape: [2, 8, 1, 1] }));
      },
    ],
    [
      "a layer with the same weights",
      ({ builder }, a) => {
        const weight = builder.parameter("a.weight", [8, 3, 1, 1]);
        return builder.conv2d(
          builder.op("slice", [a], { axes: [1], starts: [0], sizes: [3], steps: [1] }),
          weight,
          null,
        );
      },
    ],
  ])("stay where they enter %s", (_, body) => {
    const graph = build((layers) => {
      const a = layers.conv("a", layers.x, 8);
      return { y: layers.conv("c", body(layers, a), 2) };
    });
    const { keeps, whole } = pruneChecked(graph, { keep: 0.5 });
    expect(keeps.get("a")).toHaveLength(8);
    expect(whole).toEqual(expect.arrayContaining(["a", "c"]));
  });

  it("are whole where halves of a shuffle are tied to one another", () => {
    const graph = build(({ x, conv, builder }) => {
      const half = (y: Value, name: string): Value => {
        const attributes = { axes: [1], starts: [0], sizes: [y.shape[1] / 2], steps: [1] };
        return builder.op("slice", [y], attributes, name);
      };
      const shuffle = (y: Value, name: string): Value => {
        const swapped = builder.transpose(builder.reshape(y, [2, 2, 2, 5, 4]), [0, 2, 1, 3, 4]);
        return builder.reshape(swapped, y.shape, name);
      };
      const a = shuffle(conv("a", x, 4), "first");
      const joined = builder.concat([half(a, "half"), conv("b", a, 2)]);
      return { y: conv("c", shuffle(joined, "second"), 2) };
    });
    const { graph: smaller, whole } = pruneChecked(graph, { keep: 0.5 });
    expect(whole).toEqual(["b", "c"]);
    expect(shapesOf(smaller).a).toBe("2x3x1x1 2 2x2x5x4");
  });
});

describe("prune's errors", () => {
  const unbound = new GraphBuilder("unbound");
  const weight = unbound.parameter("conv.weight", [4, 3, 1, 1]);
  unbound.output("y", unbound.conv2d(unbound.input("x", [1, 3, 2, 2]), weight, null));
  const sum = build(({ x, conv, builder }) => {
    return { y: conv("c", builder.binary("add", conv("a", x, 8), conv("b", x, 8)), 2) };
  });
  const grouped = build(({ x, conv }) => ({ y: conv("c", conv("g", conv("a", x, 6), 4, 2), 2) }));

  it.each<[Graph, Parameters<typeof prune>[1], string]>([
    [
      unbound.graph,
      { keep: 0.5 },
      'parameter "conv.weight" has no weights; bind them to the graph first',
    ],
    [
      chain,
      { keep: 1.5 },
      "keep is 1.5, expected a ratio above 0 and up to 1, or { channels } with a positive integer",
    ],
    [
      chain,
      { keep: NaN },
      "keep is NaN, expected a ratio above 0 and up to 1, or { channels } with a positive integer",
    ],
    [
      chain,
      { keep: 1, layers: { a: { channels: 0 } } },
      'keep of "a" is { channels: 0 }, expected a ratio above 0 and up to 1, or { channels } with a positive integer',
    ],
    [
      chain,
      { keep: 1, criterion: "l2" as never },
      'criterion "l2" is not known, expected "l1" or "gamma"',
    ],
    [chain, { keep: 1, divisor: 0 }, "divisor is 0, expected a positive integer"],
    [
      chain,
      { keep: 1, layers: { bb: 1 } },
      'no layer "bb" has channels that can be followed, nearest "b"',
    ],
    [
      sum,
      { keep: 1, layers: { a: 0.5, b: 0.25 } },
      '"a" is to keep 0.5 and "b" 0.25, but they share channels',
    ],
    [
      chain,
      { keeps: new Map([["a", [0, 8]]]) },
      'the keep-set of "a" has channel 8, but the layer has 8 channels',
    ],
    [chain, { keeps: new Map([["a", []]]) }, 'nothing is left of the 8 channels of "a"'],
    [
      chain,
      { keeps: new Map([["b", [0]]]) },
      'channel 1 of "b" must stay, because an output or an operator that mixes channels reads it',
    ],
    [
      sum,
      {
        keeps: new Map([
          ["a", [0, 1]],
          ["b", [0, 2]],
        ]),
      },
      'channel 1 of "b" is removed and channel 1 of "a" is kept, but the graph needs both or none',
    ],
    [
      grouped,
      { keeps: new Map([["a", [0, 1, 2, 3]]]) },
      'the 2 groups of "g" keep 3, 1 channels, expected equally many',
    ],
  ])("say what is wrong: %#", (graph, options, message) => {
    expect(() => prune(graph, options)).toThrow(`prune: ${message}`);
  });

  it("are mask's too", () => {
    expect(() => mask(chain, new Map([["a", [-1]]]))).toThrow(
      'prune: the keep-set of "a" has channel -1, but the layer has 8 channels',
    );
  });
});
