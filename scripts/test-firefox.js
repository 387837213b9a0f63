/**
 * Runs `test/firefox/page.ts` in headless Firefox and prints each test that fails, and the counts.
 * `node scripts/test-firefox.js [part of the names of the tests] [--report=FILE]`
 */
import { writeFileSync } from "node:fs";
import { launch } from "puppeteer-core";
import { firefoxLaunchOptions } from "./firefox.js";
import { ensureFirefox } from "./setup.js";
import { bundlePage, servePage } from "./test-page.js";
import { within } from "./within.js";

/** @typedef {import("../test/firefox/page.ts").FirefoxTests} FirefoxTests */
/** @typedef {typeof globalThis & { lightfuseTests: FirefoxTests }} TestPage */

/** A Firefox that says nothing for so long hangs; it is ended. */
const START_LIMIT_MS = 60_000;
const TEST_LIMIT_MS = 120_000;
const CLOSE_LIMIT_MS = 5000;

/** Firefox looks every 100 ms whether the GPU has finished: tests wait for it together. */
const AT_ONCE = 16;

/**
 * @param {import("puppeteer-core").Page} page
 * @param {number} index
 * @returns {Promise<import("../test/firefox/page.ts").Verdict>}
 * @throws {Error} when Firefox says nothing.
 */
function runTest(page, index) {
  const run = page.evaluate(
    (i) => /** @type {TestPage} */ (globalThis).lightfuseTests.run(i),
    index,
  );
  return within(run, TEST_LIMIT_MS, "the test: Firefox");
}

/**
 * @param {import("puppeteer-core").Page} page
 * @param {string} filter
 */
async function runTests(page, filter) {
  const text = await within(
    page.evaluate(() => /** @type {TestPage} */ (globalThis).lightfuseTests.adapter()),
    START_LIMIT_MS,
    "the adapter: Firefox",
  );
  console.log(`adapter: ${text}`);
  const names = await page.evaluate(
    () => /** @type {TestPage} */ (globalThis).lightfuseTests.names,
  );
  const counts = { passed: 0, failed: 0 };
  let refused = 0;
  const waiting = [...names.entries()].filter(([, name]) => name.includes(filter));
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, name] = next;
      const verdict = await runTest(page, index).catch((/** @type {unknown} */ failure) => {
        const left = waiting.splice(0).length;
        counts.failed += left;
        return { error: `${String(failure)}; ${left} tests after it were not run`, refused: false };
      });
      if (verdict.refused) refused++;
      if (verdict.error === undefined) counts.passed++;
      else {
        counts.failed++;
        console.log(`FAILED ${name}\n       ${verdict.error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  console.log(`${refused} graphs with integers of any size were refused for f16, as they must be`);
  return counts;
}

async function main() {
  const filter = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? "";
  const report = process.argv.find((argument) => argument.startsWith("--report="))?.slice(9);
  const counts = { passed: 0, failed: 0 };
  const server = await servePage(await bundlePage("test/firefox/page.ts"));
  try {
    const firefox = ensureFirefox();
    const browser = await launch({ ...firefoxLaunchOptions(firefox), timeout: START_LIMIT_MS });
    try {
      const page = await browser.newPage();
      page.on("pageerror", (error) => console.log(`page: ${String(error)}`));
      await page.goto(server.address, { timeout: START_LIMIT_MS });
      console.log(`setup: ${firefox}, ${await browser.version()}`);
      Object.assign(counts, await runTests(page, filter));
    } finally {
      await within(browser.close(), CLOSE_LIMIT_MS, "closing: Firefox").catch(() => {
        browser.process()?.kill("SIGKILL");
      });
    }
  } catch (error) {
    counts.failed++;
    console.error(error instanceof Error ? error.message : error);
  } finally {
    server.close();
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (report) writeFileSync(report, JSON.stringify(counts));
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

await main();
