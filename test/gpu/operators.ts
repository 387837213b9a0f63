/** The shared table of cases on the GPU: each operator by itself, compiled and run as a model. */
import { afterAll, describe, test } from "vitest";
import { Device } from "../../src/gpu/device.ts";
import type { OperatorName } from "../../src/graph/attributes.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { CASES, buildCase, caseFeeds } from "../cases.ts";
import type { Case } from "../cases.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";

/** Operators that move numbers or choose between them: not one bit may change. */
const EXACT = new Set<OperatorName>([
  "maxPool2d",
  "where",
  "cast",
  "concat",
  "slice",
  "pad",
  "reshape",
  "transpose",
  "expand",
  "gather",
  "topK",
]);

/** Kinds of unary, binary and reduce that are exact in float32. */
const EXACT_KINDS = new Set<string>(
  (
    "identity relu relu6 abs neg floor ceil round sign logicalNot clamp minimum maximum max min " +
    "equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr"
  ).split(" "),
);

/** As a part of the greatest magnitude. */
const TOLERANCE = 1e-4;

export function toleranceOf({ op, attributes, inputs }: Case): number {
  const { kind } = attributes as { kind?: string };
  const isInteger = op === "binary" && inputs.every(({ dtype }) => dtype === "int32");
  const isExact = EXACT.has(op) || (kind !== undefined && EXACT_KINDS.has(kind)) || isInteger;
  return isExact ? 0 : TOLERANCE;
}

/** A device on the same GPU that takes itself for another. */
async function deviceWith(traits: Partial<DeviceTraits>): Promise<Device> {
  const device = await testDevice();
  return new Device(device.gpu, device.adapter, { ...device.traits, ...traits });
}

async function runCase(device: Device, case_: Case): Promise<void> {
  const graph = buildCase(case_);
  const feeds = caseFeeds(case_);
  const model = await load(graph, { device });
  try {
    expectNear(await model.run(feeds), evaluateGraph(graph, feeds), toleranceOf(case_));
  } finally {
    model.dispose();
  }
}

export interface OperatorTests {
  /** By default those of the table. */
  readonly operators?: readonly OperatorName[];
  /** What the device takes itself for. */
  readonly traits?: Partial<DeviceTraits>;
}

/** Defines a test for each case. */
export function defineOperatorTests({
  operators = Object.keys(CASES) as OperatorName[],
  traits = {},
}: OperatorTests = {}): void {
  afterAll(async () => {
    const device = await testDevice();
    await device.gpu.queue.onSubmittedWorkDone();
    device.check();
  });

  describe.each(operators)("%s on the GPU", (op) => {
    let device: Promise<Device> | null = null;
    const cases: readonly Case[] = CASES[op];
    test.each(cases.map((case_) => [case_.name, case_] as const))(
      "equals the reference: %s",
      async (_, case_) => {
        device ??= deviceWith(traits);
        await runCase(await device, case_);
      },
      120_000,
    );
  });
}
