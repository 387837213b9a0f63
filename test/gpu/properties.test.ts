/**
 * Single operators with random parameters on the GPU: as the float64 reference has it. A failure is
 * shrunk to a small case; LIGHTFUSE_PROPERTIES=<seed>,<runs> tries others than those of each run.
 */
import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { describe, test } from "vitest";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { buildCase, caseFeeds } from "../cases.ts";
import type { Case } from "../cases.ts";
import { expectNear } from "./compare.ts";
import { RANDOM_CASES } from "./random-cases.ts";
import { toleranceOf } from "./run-case.ts";
import { testDevice } from "./run-kernel.ts";

const [SEED = 1, RUNS = 8] = process.env.LIGHTFUSE_PROPERTIES?.split(",").map(Number) ?? [];

/** Each shape of these is a shader of its own, which takes long to compile. */
const SLOW = ["conv2d", "convTranspose2d", "deformSample2d", "gridSample"];
const OTHERS = 2;

/** Sums of numbers up to 1 that cancel have the error of their terms. */
const LEAST_SCALE = 0.25;

async function check(case_: Case): Promise<void> {
  const device = await testDevice();
  const graph = buildCase(case_);
  const feeds = caseFeeds(case_);
  const model = await load(graph, { device });
  try {
    const least = LEAST_SCALE;
    expectNear(await model.run(feeds), evaluateGraph(graph, feeds), toleranceOf(case_), { least });
  } catch (error) {
    throw new Error(`${case_.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    model.dispose();
  }
}

describe(`with random parameters (seed ${SEED})`, { tags: ["slow"] }, () => {
  test.each(Object.entries(RANDOM_CASES))(
    "%s on the GPU equals the reference",
    async (op, cases) => {
      const numRuns = SLOW.includes(op) ? RUNS : RUNS * OTHERS;
      const property = fc.asyncProperty(cases as Arbitrary<Case>, check);
      await fc.assert(property, { seed: SEED, numRuns });
    },
    600_000,
  );
});
