/** The shared table of cases on the GPU: each operator by itself, compiled and run as a model. */
import { afterAll, describe, test } from "vitest";
import type { OperatorName } from "../../src/graph/attributes.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { CASES } from "../cases.ts";
import type { Case } from "../cases.ts";
import { runCase } from "./run-case.ts";
import { deviceWith } from "./run-kernel.ts";

export interface OperatorTests {
  /** By default those of the table. */
  readonly operators?: readonly OperatorName[];
  /** What the device takes itself for. */
  readonly traits?: Partial<DeviceTraits>;
  /** Tags of the cases in the sample, and of all others. */
  readonly tags?: { readonly sample?: string; readonly others?: string };
}

/** Of each operator the sample has its first case, and then every so many. */
const SAMPLE_STEP = 4;

/** Defines a test for each case. */
export function defineOperatorTests({
  operators = Object.keys(CASES) as OperatorName[],
  traits = {},
  tags = {},
}: OperatorTests = {}): void {
  afterAll(async () => {
    const device = await deviceWith(traits);
    await device.gpu.queue.onSubmittedWorkDone();
    device.check();
  });

  describe.each(operators)("%s on the GPU", (op) => {
    const define = (cases: readonly Case[], tag?: string): void => {
      test.each(cases.map((case_) => [case_.name, case_] as const))(
        "equals the reference: %s",
        { timeout: 120_000, tags: tag === undefined ? [] : [tag] },
        async (_, case_) => {
          await runCase(await deviceWith(traits), case_);
        },
      );
    };
    const cases: readonly Case[] = CASES[op];
    const inSample = (_: Case, i: number): boolean => i % SAMPLE_STEP === 0;
    define(cases.filter(inSample), tags.sample);
    define(
      cases.filter((case_, i) => !inSample(case_, i)),
      tags.others,
    );
  });
}
