/** Convolutions of one value compute the same in one dispatch as each in its own. */
// @module-tag slow
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import type { Convolution } from "../compiler/graphs.ts";
import { conv } from "../compiler/graphs.ts";
import { expectSameResults } from "./fused-forms.ts";
import { buildGraph } from "./small-models.ts";

type Make = (b: GraphBuilder, x: Value) => Value;

const SETTINGS = [{}, { branches: false }, { branches: true, view: false }];

const graphOf = (make: Make, shape: Shape): Graph =>
  buildGraph({ x: shape }, (b, x) => ({ y: make(b, x) }));

const active = (b: GraphBuilder, x: Value, options: Convolution): Value =>
  b.unary(conv(b, x, { name: `conv${options.out}`, ...options }), { kind: "relu" });

const around = (kernel: number, dilation = 1): Pick<Convolution, "kernel" | "padding"> => {
  const pixels = (kernel >> 1) * dilation;
  return { kernel, padding: [pixels, pixels, pixels, pixels] };
};

/** Fire's expansions. */
const fire =
  (point: number, spatial: number, kernel = 3): Make =>
  (b, x) =>
    b.concat([
      active(b, x, { out: point }),
      active(b, x, { out: spatial, ...around(kernel), name: "spatial" }),
    ]);

describe("the expansions of a Fire module", () => {
  test.each<[number, number, number, Shape]>([
    [64, 64, 3, [1, 16, 13, 11]],
    [24, 20, 5, [2, 7, 9, 6]],
    [7, 5, 3, [2, 9, 5, 8]],
    [3, 9, 3, [1, 4, 6, 6]],
  ])("of %i and %i channels, %i pixels wide, from %j", async (point, spatial, kernel, shape) => {
    const graph = graphOf(fire(point, spatial, kernel), shape);
    expect(await expectSameResults(graph, SETTINGS)).toEqual(["conv/direct > relu"]);
    await expectSameResults(graph, SETTINGS, { software: false });
  });
});

test("an Inception module takes five dispatches", async () => {
  const graph = graphOf(
    (b, x) => {
      const reduced = [active(b, x, { out: 10 }), active(b, x, { out: 6 })];
      const spatial = reduced.map((value, i) =>
        active(b, value, { out: 8 + i, ...around(3), name: `spatial${i}` }),
      );
      const pooled = b.maxPool2d(x, { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] });
      const projected = active(b, pooled, { out: 5 });
      return b.concat([active(b, x, { out: 8 }), spatial[0], spatial[1], projected]);
    },
    [2, 12, 7, 6],
  );
  const dispatches = await expectSameResults(graph, SETTINGS);
  expect(dispatches.filter((name) => name.startsWith("conv"))).toHaveLength(4);
});

const branch = fc.record({
  out: fc.integer({ min: 1, max: 13 }),
  kernel: fc.constantFrom(1, 1, 3, 5),
  dilation: fc.constantFrom(1, 1, 2),
  isActive: fc.constantFrom(true, true, true, false),
  bias: fc.boolean(),
});

const networks = fc.record({
  shape: fc.tuple(
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 3, max: 9 }),
    fc.integer({ min: 3, max: 9 }),
  ),
  stride: fc.constantFrom(1, 1, 2),
  branches: fc.array(branch, { minLength: 2, maxLength: 5 }),
  /** Which branches a concatenation joins, and in which order. */
  joined: fc.uniqueArray(fc.nat({ max: 4 }), { maxLength: 4 }),
  more: fc.boolean(),
});

test("random branches compute the same together and alone", async () => {
  await fc.assert(
    fc.asyncProperty(networks, async ({ shape, stride, branches, joined, more }) => {
      const graph = buildGraph({ x: shape }, (b, x) => {
        const values = branches.map(({ out, kernel, dilation, isActive, bias }, i) => {
          const window = { ...around(kernel, dilation), dilation: [dilation, dilation] as const };
          const strides = [stride, stride] as const;
          const y = conv(b, x, { out, bias, ...window, stride: strides, name: `branch${i}` });
          return isActive ? b.unary(y, { kind: "hardSwish" }) : y;
        });
        const pieces = joined.filter((i) => i < values.length).map((i) => values[i]);
        const ends = values.map((value) => b.maxPool2d(value, { kernel: [1, 1], stride: [1, 1] }));
        if (more && pieces.length > 0) pieces.push(ends[0]);
        const alone = ends.filter((_, i) => !joined.includes(i));
        const all = pieces.length > 0 ? [...alone, b.concat(pieces)] : alone;
        return Object.fromEntries(all.map((value, i) => [`y${i}`, value]));
      });
      // Small tiles compile faster.
      await expectSameResults(graph, SETTINGS, { software: false });
    }),
    { numRuns: 20, seed: 5 },
  );
}, 600_000);
