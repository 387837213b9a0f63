/** A pointwise convolution and the depthwise one after it compute the same in one dispatch as in two. */
// @module-tag slow
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { buildBlock } from "../blocks/fixtures.ts";
import { conv, dispatchesOf, planOf } from "../compiler/graphs.ts";
import { BLOCK_GOLDENS } from "../goldens.ts";
import { expectSameResults } from "./fused-forms.ts";
import { measureGolden } from "./run-golden.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph } from "./small-models.ts";

const ON = { pointwiseDepthwise: true };
const SETTINGS = [ON, {}];

interface Pair {
  readonly channels: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly padding?: readonly [number, number, number, number];
  readonly isActive?: boolean;
}

/** What lies between the two, and what the second gives. */
function pair(b: GraphBuilder, x: Value, { channels, ...options }: Pair): [Value, Value] {
  const { kernel = 3, stride = 1, isActive = true } = options;
  const pixels = kernel >> 1;
  const padding = options.padding ?? [pixels, pixels, pixels, pixels];
  const wide = conv(b, x, { out: channels });
  const between = isActive ? b.unary(wide, { kind: "hardSwish" }) : wide;
  const window = { kernel, groups: channels, stride: [stride, stride], padding } as const;
  return [between, conv(b, between, { out: channels, ...window })];
}

const graphOf = (shape: Shape, options: Pair): Graph =>
  buildGraph({ x: shape }, (b, x) => ({ y: b.unary(pair(b, x, options)[1], { kind: "relu6" }) }));

/** A ghost module on a sum, with a shortcut: both halves are added to, and the first is read too. */
const ghostOf = (shape: Shape, half: number, isGated: boolean): Graph =>
  buildGraph({ x: shape }, (b, x) => {
    const gate = b.unary(b.op("globalAveragePool", [x], {}), { kind: "sigmoid" });
    const input = isGated ? b.binary("mul", x, gate) : x;
    const first = b.concat(pair(b, input, { channels: half }));
    const second = b.concat(pair(b, first, { channels: half, isActive: false }));
    return { y: b.binary("add", second, conv(b, x, { out: 2 * half })) };
  });

describe("one dispatch", () => {
  test.each<[Shape, Pair]>([
    [[1, 12, 14, 14], { channels: 40 }],
    [[2, 7, 9, 11], { channels: 5, kernel: 5, stride: 2 }],
    [[1, 3, 7, 5], { channels: 18, kernel: 7, isActive: false }],
    [[1, 5, 8, 9], { channels: 6, stride: 2, padding: [0, 0, 1, 1] }],
  ])("for %j and %j", async (shape, options) => {
    const graph = graphOf(shape, options);
    for (const software of [false, true]) {
      const dispatches = await expectSameResults(graph, SETTINGS, { software });
      expect(dispatches).toEqual(["conv/pointwise-depthwise > relu6"]);
    }
  });

  test.each<[Shape, number, boolean]>([
    [[1, 8, 7, 7], 12, false],
    [[2, 12, 6, 9], 8, true],
  ])("computes a ghost module of x=%j, half=%i, gated: %j", async (shape, half, isGated) => {
    const graph = ghostOf(shape, half, isGated);
    for (const software of [false, true]) {
      const dispatches = await expectSameResults(graph, SETTINGS, { software });
      const pairs = dispatches.filter((each) => each.includes("conv/pointwise-depthwise"));
      expect(pairs).toHaveLength(2);
      expect(dispatches).toHaveLength(isGated ? 4 : 3);
    }
  });

  test("stores what lies between where others read it, as an output too", async () => {
    const graph = buildGraph({ x: [1, 6, 7, 5] }, (b, x) => {
      const [between, y] = pair(b, x, { channels: 9 });
      return { y, between, other: conv(b, between, { out: 3 }) };
    });
    const dispatches = await expectSameResults(graph, SETTINGS);
    expect(dispatches).toHaveLength(2);
    expect(dispatches[0]).toMatch(/^conv\/pointwise-depthwise/);
  });

  test("reads a map whose quads lie apart", async () => {
    const graph = buildGraph({ x: [2, 8, 6, 5] }, (b, x) => {
      const first = conv(b, x, { out: 8 });
      const second = conv(b, first, { out: 12 });
      const read = (map: Value): Value => pair(b, map, { channels: 8 })[1];
      return { y: read(b.concat([first, second])), z: read(b.concat([second, first])) };
    });
    const walking = planOf(graph, ON).dispatches.find(
      ({ kernel, code }) => kernel === "conv/pointwise-depthwise" && code.includes("table_of_x"),
    );
    expect(walking).toBeDefined();
    await expectSameResults(graph, SETTINGS);
  });

  test("has random sizes", async () => {
    const size = (min: number, max: number) => fc.integer({ min, max });
    const options = fc.record({
      channels: size(2, 30),
      kernel: fc.constantFrom(3, 5),
      stride: size(1, 2),
      padding: fc.tuple(size(0, 2), size(0, 2), size(0, 2), size(0, 2)),
      isActive: fc.boolean(),
    });
    const shapes = fc.tuple(size(1, 2), size(1, 17), size(5, 10), size(5, 10));
    await fc.assert(
      fc.asyncProperty(shapes, options, async (shape, given) => {
        await expectSameResults(graphOf(shape, given), SETTINGS, { software: false });
      }),
      { numRuns: 10, seed: 5 },
    );
  }, 300_000);
});

/** Blocks with such a pair. */
const BLOCKS = Object.entries(BLOCK_GOLDENS).filter(
  ([id, { golden }]) => /^(hbo|ghost|mbv2.*t6)/.test(id) && golden,
);

test.each(BLOCKS)("%s computes the output of the reference code", async (id, fixture) => {
  const device = await testDevice();
  const apart = await measureGolden(buildBlock(id), fixture, device);
  const fused = await measureGolden(buildBlock(id), fixture, device, ON);
  expect(fused.error).toBeLessThan(1e-4);
  expect(fused.statistics.dispatches).toBeLessThan(apart.statistics.dispatches);
});

describe("two dispatches", () => {
  test.each<[string, (b: GraphBuilder, x: Value) => Record<string, Value>]>([
    [
      "where what lies between is read, and the second halves it",
      (b, x) => {
        const [between, y] = pair(b, x, { channels: 8, stride: 2 });
        return { y, between };
      },
    ],
    [
      "where the first is no pointwise convolution",
      (b, x) => ({ y: conv(b, conv(b, x, { out: 8, kernel: 3 }), { out: 8, groups: 8 }) }),
    ],
    [
      "where the second has groups of two",
      (b, x) => ({ y: conv(b, conv(b, x, { out: 8 }), { out: 8, kernel: 3, groups: 4 }) }),
    ],
  ])("remain %s", (_, make) => {
    const graph = buildGraph({ x: [1, 8, 5, 5] }, make);
    expect(dispatchesOf(planOf(graph, ON))).toEqual(dispatchesOf(planOf(graph)));
  });
});
