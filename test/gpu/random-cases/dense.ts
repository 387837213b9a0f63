/** Random matrix products, reductions and normalisations. */
import fc from "fast-check";
import type { CaseInput } from "../../cases/case.ts";
import { axisOf, broadcasting, broadcastTo, choice, image, int, named, shapeOf } from "./parts.ts";

export const linear = fc
  .record({ rows: int(1, 4), ins: int(1, 40), outs: int(1, 20), bias: fc.boolean() })
  .map(({ rows, ins, outs, bias }) => {
    const inputs: CaseInput[] = [{ shape: [rows, ins] }, { shape: [outs, ins], constant: true }];
    if (bias) inputs.push({ shape: [outs], constant: true });
    return named("linear", inputs, {});
  });

/** Batches that broadcast, in ranks from 2 to 6. */
export const matmul = fc
  .record({
    batch: shapeOf(0, 4, 3),
    ...{ a: broadcasting, b: broadcasting },
    ...{ m: int(1, 9), k: int(1, 9), p: int(1, 9) },
    known: fc.boolean(),
  })
  .map(({ batch, a, b, m, k, p, known }) => {
    const right: CaseInput = { shape: [...broadcastTo(batch, ...b), k, p], constant: known };
    return named("matmul", [{ shape: [...broadcastTo(batch, ...a), m, k] }, right], {});
  });

export const batchNorm = fc.record({ x: image(), known: fc.boolean() }).map(({ x, known }) => {
  const vector: CaseInput = { shape: [x[1]], constant: known };
  const variance: CaseInput = { ...vector, range: [0.5, 2] };
  const inputs = [{ shape: x }, vector, vector, vector, variance];
  return named("batchNorm", inputs, { epsilon: 1e-5 });
});

export const reduce = fc
  .record({
    x: shapeOf(1, 6),
    kind: choice(["mean", "sum", "max", "min", "prod"] as const),
    over: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    keepDims: fc.boolean(),
  })
  .map(({ x, kind, over, keepDims }) => {
    const chosen = [...x.keys()].filter((axis) => over[axis]);
    const axes = chosen.length > 0 ? chosen : [x.length - 1];
    return named("reduce", [{ shape: x, range: [-2, 2] }], { kind, axes, keepDims });
  });

export const softmax = fc
  .record({ x: shapeOf(1, 6), axis: int(-6, 6), log: fc.boolean() })
  .map(({ x, axis, log }) =>
    named("softmax", [{ shape: x, range: [-9, 9] }], { axis: axisOf(x, axis), log }),
  );

export const layerNorm = fc
  .record({ x: shapeOf(1, 6), axis: int(-6, 6) })
  .map(({ x, axis }) =>
    named("layerNorm", [{ shape: x, range: [3, 7] }], { axis: axisOf(x, axis), epsilon: 1e-3 }),
  );

export const groupNorm = fc
  .record({ x: image(6), groups: int(1, 4) })
  .map(({ x: [images, channels, ...size], groups }) => {
    const shape = [images, channels * groups, ...size];
    return named("groupNorm", [{ shape, range: [3, 7] }], { groups, epsilon: 1e-3 });
  });

export const localResponseNorm = fc
  .record({ x: image(17, 5), before: int(0, 4), after: int(0, 4), beta: choice([0.5, 0.75, 1]) })
  .map(({ x, ...window }) =>
    named("localResponseNorm", [{ shape: x }], { ...window, alpha: 0.3, bias: 1.5 }),
  );
