/** A depthwise convolution and the pointwise one after it compute the same in one dispatch as in two. */
// @module-tag slow
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { conv, dispatchesOf, planOf } from "../compiler/graphs.ts";
import { expectSameResults } from "./fused-forms.ts";
import { buildGraph } from "./small-models.ts";

const ON = { depthwisePointwise: true };
const SETTINGS = [ON, {}];

interface Separable {
  readonly out: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly bias?: boolean;
  readonly isActive?: boolean;
}

function separable(b: GraphBuilder, x: Value, options: Separable): Value {
  const { out, kernel = 3, stride = 1, dilation = 1, bias = true, isActive = true } = options;
  const [, channels] = x.shape;
  const pixels = (kernel >> 1) * dilation;
  const depthwise = conv(b, x, {
    out: channels,
    kernel,
    bias,
    groups: channels,
    stride: [stride, stride],
    dilation: [dilation, dilation],
    padding: [pixels, pixels, pixels, pixels],
  });
  return conv(b, isActive ? b.unary(depthwise, { kind: "relu6" }) : depthwise, { out, bias });
}

const graphOf = (shape: Shape, options: Separable): Graph =>
  buildGraph({ x: shape }, (b, x) => ({
    y: b.unary(separable(b, x, options), { kind: "hardSwish" }),
  }));

describe("one dispatch", () => {
  test.each<[Shape, Separable]>([
    [[1, 24, 14, 14], { out: 40 }],
    [[2, 7, 9, 11], { out: 5, kernel: 5, stride: 2 }],
    [[1, 33, 10, 6], { out: 18, dilation: 2, bias: false }],
    [[1, 12, 5, 7], { out: 70, stride: 2, isActive: false }],
    [[1, 150, 3, 3], { out: 9 }],
  ])("for %j and %j", async (shape, options) => {
    const graph = graphOf(shape, options);
    const [only, ...others] = await expectSameResults(graph, SETTINGS);
    expect(only).toMatch(/^conv\/depthwise-pointwise(-shared)? > hardSwish$/);
    expect(others).toEqual([]);
    await expectSameResults(graph, SETTINGS, { software: false });
    await expectSameResults(graph, SETTINGS, { software: true });
  });

  test("adds the residual of an inverted bottleneck", async () => {
    const graph = buildGraph({ x: [1, 8, 6, 7] }, (b, x) => {
      const expanded = b.unary(conv(b, x, { out: 24 }), { kind: "relu6" });
      return { y: b.binary("add", x, separable(b, expanded, { out: 8 })) };
    });
    const dispatches = await expectSameResults(graph, SETTINGS, { software: true });
    expect(dispatches).toEqual(["conv/pointwise > relu6", "conv/depthwise-pointwise > add"]);
  });

  test("has random sizes", async () => {
    const size = (min: number, max: number) => fc.integer({ min, max });
    const options = fc.record({
      out: size(1, 40),
      kernel: fc.constantFrom(3, 5),
      stride: size(1, 2),
      dilation: size(1, 2),
      bias: fc.boolean(),
      isActive: fc.boolean(),
    });
    const shapes = fc.tuple(size(1, 2), size(2, 21), size(3, 9), size(3, 9));
    await fc.assert(
      fc.asyncProperty(shapes, options, async (shape, given) => {
        await expectSameResults(graphOf(shape, given), SETTINGS, { software: false });
      }),
      { numRuns: 12, seed: 3 },
    );
  }, 300_000);
});

describe("two dispatches", () => {
  test.each<[string, (b: GraphBuilder, x: Value) => Record<string, Value>]>([
    [
      "where something else reads what is between",
      (b, x) => {
        const between = conv(b, x, { out: 8, groups: 8 });
        return { y: conv(b, between, { out: 4 }), z: between };
      },
    ],
    [
      "where the second is no pointwise convolution",
      (b, x) => ({ y: conv(b, conv(b, x, { out: 8, groups: 8 }), { out: 4, kernel: 3 }) }),
    ],
    [
      "where the first has groups of two",
      (b, x) => ({ y: conv(b, conv(b, x, { out: 8, groups: 4 }), { out: 4 }) }),
    ],
  ])("remain %s", (_, make) => {
    const graph = buildGraph({ x: [1, 8, 5, 5] }, make);
    expect(dispatchesOf(planOf(graph, ON))).toEqual(dispatchesOf(planOf(graph)));
  });
});
