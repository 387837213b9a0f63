/** Random resizes on the GPU against the float64 reference; a failure shrinks to a small one. */
import fc from "fast-check";
import { test } from "vitest";
import type { Pair, ResizeAttributes } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "../cases/case.ts";
import { runCase } from "./run-case.ts";
import { testDevice } from "./run-kernel.ts";

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
