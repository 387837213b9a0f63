/** Random operators that move elements. */
import fc from "fast-check";
import type { CaseInput } from "../../cases/case.ts";
import { axisOf, broadcasting, broadcastTo, choice, int, named, shapeOf } from "./parts.ts";

export const concat = fc
  .record({ x: shapeOf(1, 6), axis: int(-6, 6), sizes: shapeOf(1, 4, 6) })
  .map(({ x, axis, sizes }) => {
    const at = axisOf(x, axis);
    const inputs = sizes.map((size) => ({ shape: x.with(at, size) }));
    return named("concat", inputs, { axis: at });
  });

const run = fc.record({ start: int(0, 9), size: int(1, 9), step: int(1, 3), back: fc.boolean() });

/** Some axes, each from a place, in steps of either sign, as many elements as there are at most. */
export const slice = fc
  .record({ x: shapeOf(1, 6, 7), runs: fc.array(fc.option(run), { minLength: 6, maxLength: 6 }) })
  .map(({ x, runs }) => {
    const axes = [...x.keys()].filter((axis) => runs[axis] !== null);
    const cuts = axes.map((axis) => {
      const { start, size, step, back } = runs[axis]!;
      const first = start % x[axis];
      const room = back ? first : x[axis] - 1 - first;
      const count = Math.min(size, Math.floor(room / step) + 1);
      return { first, count, step: back ? -step : step };
    });
    return named("slice", [{ shape: x }], {
      axes,
      starts: cuts.map(({ first }) => first),
      sizes: cuts.map(({ count }) => count),
      steps: cuts.map(({ step }) => step),
    });
  });

export const pad = fc
  .record({
    x: shapeOf(1, 6),
    mode: choice(["constant", "reflect", "edge"] as const),
    pads: fc.array(fc.tuple(int(0, 3), int(0, 3)), { minLength: 6, maxLength: 6 }),
    value: choice([0, 0.5, -3]),
  })
  .map(({ x, mode, pads, value }) => {
    const most = (pixels: number, axis: number) =>
      mode === "reflect" ? Math.min(pixels, x[axis] - 1) : pixels;
    const before = x.map((_, axis) => most(pads[axis][0], axis));
    const after = x.map((_, axis) => most(pads[axis][1], axis));
    return named("pad", [{ shape: x }], { before, after, mode, value });
  });

/** The same factors multiplied together in two ways. */
export const reshape = fc
  .record({
    factors: fc.array(fc.tuple(int(1, 4), fc.boolean(), fc.boolean()), {
      minLength: 1,
      maxLength: 6,
    }),
  })
  .map(({ factors }) => {
    const grouped = (which: 1 | 2) =>
      factors.reduce<number[]>((shape, factor) => {
        if (factor[which] || shape.length === 0) return [...shape, factor[0]];
        return shape.with(-1, shape.at(-1)! * factor[0]);
      }, []);
    return named("reshape", [{ shape: grouped(1) }], { shape: grouped(2) });
  });

export const transpose = fc
  .record({ x: shapeOf(1, 6), order: fc.array(int(0, 99), { minLength: 6, maxLength: 6 }) })
  .map(({ x, order }) => {
    const perm = [...x.keys()].sort((a, b) => order[a] - order[b] || a - b);
    return named("transpose", [{ shape: x }], { perm });
  });

export const expand = fc
  .record({ shape: shapeOf(0, 6, 4), from: broadcasting })
  .map(({ shape, from }) => named("expand", [{ shape: broadcastTo(shape, ...from) }], { shape }));

/** Negative indices count from the end. */
export const gather = fc
  .record({
    ...{ x: shapeOf(1, 4), indices: shapeOf(0, 2, 4), axis: int(-4, 4) },
    ...{ known: fc.boolean(), whole: fc.boolean() },
  })
  .map(({ x, indices, axis, known, whole }) => {
    const at = axisOf(x, axis);
    const size = x.at(at)!;
    const input: CaseInput = {
      shape: indices,
      dtype: "int32",
      range: [-size, size],
      constant: known,
    };
    return named("gather", [{ shape: x, dtype: whole ? "int32" : "float32" }, input], { axis: at });
  });

/** Numbers repeat, so that there are ties. */
export const topK = fc
  .record({ x: shapeOf(1, 4, 9), axis: int(-4, 4), k: int(0, 8), largest: fc.boolean() })
  .map(({ x, axis, k, largest }) => {
    const at = axisOf(x, axis);
    const count = 1 + (k % x.at(at)!);
    return named("topK", [{ shape: x, step: 0.25 }], { k: count, axis: at, largest });
  });
