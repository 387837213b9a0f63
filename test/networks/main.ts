/** `npm run test:networks`: blocks and networks on the GPU, on one device, against their goldens. */
import { writeFileSync } from "node:fs";
import { ensureChromium } from "../../scripts/setup.js";
import { bundlePage, servePage } from "../../scripts/test-page.js";
import { BLOCK_GOLDENS, NETWORK_GOLDENS } from "../goldens.ts";
import { openChromium } from "./in-chromium.ts";
import { openNode } from "./in-node.ts";
import { describeResult, summarize } from "./report.ts";
import { runAll } from "./runner.ts";
import type { Result, Runner } from "./runner.ts";
import { parseOptions, selectFixtures } from "./select.ts";

/** At least ten times what SwiftShader takes on two slow cores. */
function limitMs(id: string): number {
  const { macs } = BLOCK_GOLDENS[id] ?? NETWORK_GOLDENS[id];
  return 1000 * Math.ceil(120 + 30 * (macs / 1e9));
}

function runIn(
  open: () => Promise<Runner>,
  ids: readonly string[],
  budgetMinutes: number,
): Promise<Result[]> {
  let done = 0;
  return runAll(ids, {
    open,
    limitMs,
    budgetMs: budgetMinutes * 60_000,
    onOpen: ({ name }) => console.log(name),
    onResult: (result) => {
      console.log(`${++done}/${ids.length}`.padStart(7), describeResult(result));
    },
  });
}

/** @throws Error for wrong options, an unknown name, and where the page cannot be built */
export async function main(given: readonly string[]): Promise<void> {
  const { patterns, budgetMinutes, json, node } = parseOptions(given);
  const ids = selectFixtures({ blocks: BLOCK_GOLDENS, networks: NETWORK_GOLDENS }, patterns);
  const results = node
    ? await runIn(openNode, ids, budgetMinutes)
    : await runInChromium(ids, budgetMinutes);
  const left = ids.slice(results.length);
  if (left.length > 0) console.log(`left out after ${budgetMinutes} minutes: ${left.join(", ")}`);
  const passed = results.filter(({ finding }) => finding?.passed).length;
  const failed = results.length - passed;
  console.log(`${summarize(results).join("\n")}\n${passed} passed, ${failed} failed`);
  if (json !== null) {
    writeFileSync(json, `${JSON.stringify({ passed, failed, left, results }, null, 2)}\n`);
  }
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

async function runInChromium(ids: readonly string[], budgetMinutes: number): Promise<Result[]> {
  ensureChromium();
  // Playwright would close Chromium, and the run would go on in a new one.
  for (const signal of ["SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
  const page = await servePage(await bundlePage("test/networks/page.ts"));
  try {
    return await runIn(() => openChromium(page.address), ids, budgetMinutes);
  } finally {
    page.close();
  }
}
