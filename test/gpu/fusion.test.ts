/** Fusions change no result: random networks with all of them, none, and all but one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { ALL_FUSIONS } from "../../src/compiler/options.ts";
import type { FusionSwitches } from "../../src/compiler/options.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import type { Device } from "../../src/gpu/device.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { LOWER_TABLE } from "../compiler/graphs.ts";
import { differenceOf } from "./compare.ts";
import { buildRecipe, recipes, recipesOf } from "./random-graph.ts";
import { testDevice } from "./run-kernel.ts";

const SWITCHES = Object.keys(ALL_FUSIONS) as (keyof FusionSwitches)[];
const NONE = Object.fromEntries(SWITCHES.map((name) => [name, false]));

/** How the fusions are set: the first has all of them, and is what the others are compared with. */
const SETTINGS: readonly (readonly [string, Partial<FusionSwitches>])[] = [
  ["all fusions", {}],
  ["no fusion", NONE],
  ...SWITCHES.map((name) => {
    const isOn = ALL_FUSIONS[name];
    return [`${isOn ? "no" : "with"} ${name}`, { [name]: !isOn }] as const;
  }),
];

type Outputs = Record<string, Tensor>;

/** What tells a plan from another: equal plans need not run twice. */
const keyOf = ({ dispatches }: Plan): string =>
  JSON.stringify(
    dispatches.map(({ code, overrides, reads, writes, params, stageParams }) => [
      code,
      overrides,
      reads,
      writes,
      [params, ...stageParams].map((bytes) => [...new Uint8Array(bytes)]),
    ]),
  );

async function runPlan(device: Device, plan: Plan, x: Tensor): Promise<Outputs> {
  // A failure of the run before, which is reported, must not count for this one.
  device.failure = null;
  const scheduler = await Scheduler.create(device, plan);
  try {
    return await scheduler.run(new Map([["x", { kind: "host", data: x.data }]]));
  } finally {
    scheduler.dispose();
  }
}

/** The outputs of the reference, and the greatest magnitude of any value on the way. */
function evaluate(graph: Graph, x: Tensor): { expected: Outputs; scale: number } {
  let scale = 0;
  const expected = evaluateGraph(graph, { x }, (_, outputs) => {
    for (const { data } of outputs) {
      for (const value of data) scale = Math.max(scale, Math.abs(value));
    }
  });
  return { expected, scale };
}

function greatestError(actual: Outputs, expected: Outputs): number {
  const errors = Object.entries(expected).map(
    ([name, { data }]) => differenceOf(actual[name].data, data).maxError,
  );
  return Math.max(...errors);
}

async function compareSettings(graph: Graph, settings = SETTINGS): Promise<void> {
  const device = await testDevice();
  const x = syntheticInput(graph.inputs[0].shape);
  const { expected, scale } = evaluate(graph, x);
  const known = new Set<string>();
  let fused: Outputs | null = null;
  for (const [name, fuse] of settings) {
    const plan = compile(graph, device.traits, { fuse }, LOWER_TABLE);
    const key = keyOf(plan);
    if (known.has(key)) continue;
    known.add(key);
    const outputs = await runPlan(device, plan, x);
    const fromReference = greatestError(outputs, expected);
    expect(fromReference, `${name}, from the reference`).toBeLessThanOrEqual(1e-4 * scale);
    fused ??= outputs;
    const fromFused = greatestError(outputs, fused);
    expect(fromFused, `${name}, from all fusions`).toBeLessThanOrEqual(1e-5 * scale);
  }
}

const compareRandom = (given: { numRuns: number; seed: number }): Promise<void> =>
  fc.assert(
    fc.asyncProperty(recipes, (recipe) => compareSettings(buildRecipe(recipe))),
    given,
  );

test("a few random networks compute the same however they are fused", { timeout: 120_000 }, () =>
  compareRandom({ numRuns: 3, seed: 2 }),
);

test(
  "random networks compute the same with all fusions, with none, and without each",
  { timeout: 900_000, tags: ["slow"] },
  () => compareRandom({ numRuns: 40, seed: 1 }),
);

const PAIRS = recipesOf(
  ["inverted", "ghost", "pointwise", "depthwise", "unary", "binary", "residual", "gate", "slice"],
  { layers: 7 },
);

test(
  "networks of pointwise and depthwise convolutions compute the same in one kernel as in two",
  { timeout: 600_000, tags: ["slow"] },
  () =>
    fc.assert(
      fc.asyncProperty(PAIRS, (recipe) =>
        compareSettings(buildRecipe(recipe), [
          ["in one kernel", { pointwiseDepthwise: true }],
          ["in two", {}],
        ]),
      ),
      { numRuns: 15, seed: 6 },
    ),
);
