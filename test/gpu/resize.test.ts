/** Random resizes on the GPU against the float64 reference; a failure shrinks to a small one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Pair, ResizeAttributes } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { noise } from "../reference/apply.ts";
import { makeCase } from "../cases/case.ts";
import { expectNear } from "./compare.ts";
import { runCase } from "./run-case.ts";
import { testDevice } from "./run-kernel.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const size = fc.integer({ min: 1, max: 12 });
const part = fc.integer({ min: -2, max: 6 }).map((quarters) => quarters / 4);

const shapes: fc.Arbitrary<Shape> = fc.tuple(
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 1, max: 9 }),
  size,
  size,
);

const rules = fc.record<Omit<ResizeAttributes, "scale">>(
  {
    mode: fc.constantFrom("nearest", "linear", "cubic"),
    size: fc.tuple(size, size),
    coordinates: fc.constantFrom(
      "half_pixel",
      "half_pixel_symmetric",
      "pytorch_half_pixel",
      "asymmetric",
      "align_corners",
      "tf_half_pixel_for_nn",
      "tf_crop_and_resize",
    ),
    rounding: fc.constantFrom("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"),
    antialias: fc.boolean(),
    cubicCoefficient: fc.constantFrom(-0.75, -0.5, -1),
    excludeOutside: fc.boolean(),
    roi: fc.tuple(part, part, part, part),
    extrapolationValue: fc.constantFrom(0, 10, -1.5),
  },
  { requiredKeys: ["mode", "size", "coordinates", "rounding"] },
);

/** A scale by which the size is rounded down: the size as it is, or up to one pixel more of it. */
const scaleOf = ([, , height, width]: Shape, to: Pair, more: Pair): Pair => [
  Math.fround((to[0] + more[0]) / height),
  Math.fround((to[1] + more[1]) / width),
];

const resizes = fc
  .tuple(shapes, rules, fc.option(fc.tuple(fc.constantFrom(0, 0.3), fc.constantFrom(0, 0.7))))
  .map(([shape, rule, more]) => {
    const attributes = more ? { ...rule, scale: scaleOf(shape, rule.size, more) } : rule;
    return makeCase("resize", [{ shape }], attributes, JSON.stringify(attributes));
  });

test("resize equals the reference for random sizes, modes and rules", async () => {
  const device = await testDevice();
  await fc.assert(
    fc.asyncProperty(resizes, (case_) => runCase(device, case_)),
    { numRuns: 100 },
  );
}, 120_000);

test.each([
  ["linear", [{ store_y: ["add", "relu"] }]],
  // Columns first, then rows.
  ["cubic", [{}, { store_y: ["add", "relu"] }]],
] as const)("an activation and a residual ride on a %s resize", async (mode, fused) => {
  const builder = new GraphBuilder("resized");
  const [x, other] = [builder.input("x", [1, 6, 5, 4]), builder.input("other", [1, 6, 10, 12])];
  const attributes = { mode, coordinates: "half_pixel", rounding: "floor" } as const;
  const resized = builder.op("resize", [x], { ...attributes, size: [10, 12] });
  builder.output("y", builder.unary(builder.binary("add", resized, other), { kind: "relu" }));
  const feeds = { x: noise(x.shape, 1), other: noise(other.shape, 2) };
  const model = await load(builder.graph, { device: await testDevice() });
  expectNear(await model.run(feeds), evaluateGraph(builder.graph, feeds), 1e-5);
  expect(model.explain().dispatches.map((dispatch) => dispatch.fused)).toEqual(fused);
  model.dispose();
});
