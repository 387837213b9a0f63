/** A whole inverted residual computes the same in one dispatch as in three. */
// @module-tag slow
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { conv, dispatchesOf, planOf } from "../compiler/graphs.ts";
import { expectSameResults } from "./fused-forms.ts";
import { buildGraph } from "./small-models.ts";

const SETTINGS = [{ invertedResidual: true }, { depthwisePointwise: true }, {}];

interface Block {
  readonly expanded: number;
  readonly out: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly isActive?: boolean;
}

const graphOf = (shape: Shape, block: Block): Graph =>
  buildGraph({ x: shape }, (b, x) => {
    const { expanded, out, kernel = 3, stride = 1, isActive = true } = block;
    const pixels = kernel >> 1;
    const padding = [pixels, pixels, pixels, pixels] as const;
    const wide = b.unary(conv(b, x, { out: expanded }), { kind: "hardSwish" });
    const options = { out: expanded, kernel, groups: expanded, padding };
    const deep = conv(b, wide, { ...options, stride: [stride, stride] });
    const y = conv(b, isActive ? b.unary(deep, { kind: "relu6" }) : deep, { out });
    return { y: out === shape[1] && stride === 1 ? b.binary("add", y, x) : y };
  });

test.each<[Shape, Block]>([
  [[1, 16, 9, 9], { expanded: 96, out: 16 }],
  [[2, 7, 11, 6], { expanded: 21, out: 10, kernel: 5, stride: 2 }],
  [[1, 5, 6, 7], { expanded: 150, out: 70, kernel: 7, isActive: false }],
])("from %j as %j", async (shape, block) => {
  const graph = graphOf(shape, block);
  const dispatches = await expectSameResults(graph, SETTINGS);
  expect(dispatches).toHaveLength(1);
  expect(dispatches[0]).toMatch(/^conv\/inverted-residual/);
});

test("random sizes", async () => {
  const size = (min: number, max: number) => fc.integer({ min, max });
  const shapes = fc.tuple(size(1, 2), size(1, 9), size(2, 10), size(2, 10));
  const blocks = fc.record({
    expanded: size(2, 30),
    out: size(1, 20),
    kernel: fc.constantFrom(3, 5),
    stride: size(1, 2),
    isActive: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(shapes, blocks, async (shape, block) => {
      await expectSameResults(graphOf(shape, block), SETTINGS, { software: false });
    }),
    { numRuns: 8, seed: 4 },
  );
}, 300_000);

test("reads a map whose quads lie apart", async () => {
  const graph = buildGraph({ x: [2, 8, 6, 5] }, (b, x) => {
    const first = conv(b, x, { out: 8 });
    const second = conv(b, first, { out: 12 });
    const read = (map: Value): Value => {
      const wide = b.unary(conv(b, map, { out: 24 }), { kind: "relu6" });
      const padding = [1, 1, 1, 1] as const;
      return conv(b, conv(b, wide, { out: 24, kernel: 3, groups: 24, padding }), { out: 5 });
    };
    return { y: read(b.concat([first, second])), z: read(b.concat([second, first])) };
  });
  const [walking] = planOf(graph, SETTINGS[0]).dispatches.filter(
    ({ kernel, code }) => kernel === "conv/inverted-residual" && code.includes("table_of_x"),
  );
  expect(walking).toBeDefined();
  await expectSameResults(graph, SETTINGS);
});

test("an expanded map that something else reads is stored", () => {
  const graph = buildGraph({ x: [1, 8, 5, 5] }, (b, x) => {
    const wide = conv(b, x, { out: 24 });
    return { wide, y: conv(b, conv(b, wide, { out: 24, groups: 24 }), { out: 4 }) };
  });
  expect(dispatchesOf(planOf(graph, SETTINGS[0]))).toEqual(dispatchesOf(planOf(graph)));
});
