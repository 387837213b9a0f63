/** Random pools over 1 to 4 axes, and random normalisations, on the GPU against the reference. */
import fc from "fast-check";
import { test } from "vitest";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { makeCase } from "../cases/case.ts";
import type { Case } from "../cases/case.ts";
import { graphOf } from "../formats/onnx-node.ts";
import { inputOf, nodeOf, pools } from "../formats/onnx-pools.ts";
import { expectNear } from "./compare.ts";
import { runCase } from "./run-case.ts";
import { testDevice } from "./run-kernel.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const POOLS = "pools of ONNX files equal the reference for random windows over 1 to 4 axes";
test(POOLS, { timeout: 120_000, tags: ["slow"] }, async () => {
  const device = await testDevice();
  await fc.assert(
    fc.asyncProperty(pools, async (pool) => {
      const [shape, options] = nodeOf(pool);
      const graph = graphOf(pool.op, shape, options);
      const x = inputOf(pool);
      const model = await load(graph, { device });
      try {
        const tolerance = pool.op === "MaxPool" ? 0 : 1e-5;
        expectNear(await model.run({ x }), evaluateGraph(graph, { x }), tolerance);
      } finally {
        model.dispose();
      }
    }),
    { numRuns: 25 },
  );
});

const size = fc.integer({ min: 1, max: 9 });

const adaptivePools = fc
  .record({ shape: fc.tuple(size, size, size, size), to: fc.tuple(size, size) })
  .map(({ shape, to }) =>
    makeCase("adaptivePool2d", [{ shape }], { kind: "average", size: to }, to.join("x")),
  );

const groupNorms = fc
  .record({ images: size, groups: size, each: size, height: size, width: size, far: fc.boolean() })
  .map(({ images, groups, each, height, width, far }) => {
    const x = { shape: [images, groups * each, height, width] };
    const moved = far ? { ...x, range: [49, 51] as const } : x;
    return makeCase("groupNorm", [moved], { groups, epsilon: 1e-3 }, `groups=${groups}`);
  });

const channelMaxima = fc
  .record({ shape: fc.tuple(size, fc.integer({ min: 1, max: 30 }), size, size), part: size })
  .map(({ shape, part }) => {
    const outChannels = Math.ceil(shape[1] / part);
    return makeCase("channelMaxPool", [{ shape }], { outChannels }, `${outChannels}`);
  });

const unpools = fc
  .record({ shape: fc.tuple(size, size, size, size), to: fc.tuple(size, size) })
  .map(({ shape, to }) => {
    const indices = { shape, dtype: "int32", range: [-1, to[0] * to[1] + 1] } as const;
    return makeCase("maxUnpool2d", [{ shape }, indices], { size: to }, to.join("x"));
  });

test.each<[string, fc.Arbitrary<Case>]>([
  ["adaptivePool2d", adaptivePools],
  ["channelMaxPool", channelMaxima],
  ["maxUnpool2d", unpools],
  ["groupNorm", groupNorms],
])("%s equals the reference for random sizes", async (_, cases) => {
  const device = await testDevice();
  await fc.assert(
    fc.asyncProperty(cases, (case_) => runCase(device, case_)),
    { numRuns: 30 },
  );
});
