/** The option `--tuning`: a table of kernels that `lightfuse tune` has written. */
import { parseTuning, type KernelTuning } from "../src/index.ts";
import type { Arguments, OptionSpec } from "./arguments.ts";
import { readBytes } from "./files.ts";
import type { JobResult } from "./job.ts";
import { note } from "./print.ts";

export const TUNING: OptionSpec = {
  name: "tuning",
  value: "<file>",
  help: "kernels as `lightfuse tune --out` chose them",
};

/** @throws Failure when the file cannot be read; FormatError when it is no table */
export async function readTuning(given: Arguments): Promise<KernelTuning | undefined> {
  const file = given.text(TUNING.name);
  return file === undefined ? undefined : parseTuning(readBytes(file), file);
}

/** Says why a table was not used. */
export function noteUnused({ unused }: JobResult): void {
  if (unused) note(`--tuning is not used: ${unused}`);
}
