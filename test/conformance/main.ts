/** `npm run conformance`: the ONNX project's node tests on the GPU, and a table by operator. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { useVulkan } from "../../scripts/vulkan.js";
import { openDevice } from "../../src/gpu/device.ts";
import { listTests, readTest } from "./data.ts";
import { judge, report } from "./report.ts";
import type { Result } from "./report.ts";
import { runTest } from "./run.ts";
import { UNSUPPORTED } from "./unsupported.ts";

interface Options {
  readonly only: RegExp;
  readonly json: string | null;
}

const USAGE = "conformance: expected --only <pattern>, --json <file>";

function parseOptions(given: readonly string[]): Options {
  let options: Options = { only: /(?:)/, json: null };
  for (let i = 0; i < given.length; i += 2) {
    const [name, value] = given.slice(i, i + 2);
    if (value === undefined) throw new Error(USAGE);
    if (name === "--only") options = { ...options, only: new RegExp(value) };
    else if (name === "--json") options = { ...options, json: value };
    else throw new Error(USAGE);
  }
  return options;
}

/** @throws Error for wrong options, without LIGHTFUSE_DATA and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const { only, json } = parseOptions(given);
  const { LIGHTFUSE_DATA } = process.env;
  if (!LIGHTFUSE_DATA) {
    throw new Error("conformance: LIGHTFUSE_DATA must name the folder that has onnx-node/ in it");
  }
  const folder = join(LIGHTFUSE_DATA, "onnx-node");
  const all = listTests(folder);
  const unknown = UNSUPPORTED.flatMap(({ tests }) => tests).find((name) => !all.includes(name));
  if (unknown) throw new Error(`conformance: unsupported.ts lists "${unknown}", which is no test`);
  const names = all.filter((name) => only.test(name));
  if (names.length === 0) throw new Error(`conformance: no test matches ${String(only)}`);
  useVulkan();
  const device = await openDevice();
  console.log(`adapter: ${device.adapter.vendor} ${device.adapter.description}`.trim());
  const results: Result[] = [];
  for (const name of names) {
    const test = readTest(folder, name);
    results.push({ test, outcome: await runTest(test, device) });
  }
  device.destroy();
  const { counts, results: judged } = judge(results, UNSUPPORTED);
  console.log(report(judged, counts));
  if (json !== null) {
    const tests = judged.map(({ test, outcome }) => ({ name: test.name, ...outcome }));
    writeFileSync(json, `${JSON.stringify({ ...counts, tests }, null, 2)}\n`);
  }
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
