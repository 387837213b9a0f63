/**
 * Runs every check in order, and prints what passed and failed. `--quick` leaves out the slow ones,
 * and runs those that need no GPU beside the others.
 */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ensureChromium, ensureVulkan } from "./setup.js";
import { countConformance, countFirefox, countPlaywright, countVitest } from "./test-counts.js";

/** @typedef {import("./test-counts.js").Counts} Counts */

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {string[]} command arguments of node
 * @property {((report: string) => Counts)=} count reads the stage's report; without it a stage is one test
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = `${root}node_modules/.cache/lightfuse`;
const reports = `${cache}/reports`;
const quick = process.argv.includes("--quick");

/** A stage that hangs is ended after this time and has failed. */
const STAGE_LIMIT_MS = 45 * 60_000;

/** @param {string} project @param {string=} tags which tests `--quick` takes */
function vitest(project, tags) {
  const report = `--outputFile.json=${reports}/${project}.json`;
  const command = ["node_modules/vitest/vitest.mjs", "run", "--project", project];
  command.push("--reporter=default", "--reporter=json", report);
  if (quick && tags) command.push(`--tags-filter=${tags}`);
  return command;
}

const TYPES = ["-p", "tsconfig.json", "--incremental", "--tsBuildInfoFile", `${cache}/types.json`];

/** A cached file is not looked at again where only a type that it imports has changed. */
const LINT_CACHE = quick ? ["--cache", "--cache-location", `${cache}/lint.json`] : [];

/** @type {Stage[]} */
const stages = [
  { name: "build", command: ["scripts/build.js"] },
  { name: "types", command: ["node_modules/typescript/bin/tsc", ...TYPES] },
  {
    name: "lint",
    command: ["node_modules/eslint/bin/eslint.js", "--max-warnings=0", ...LINT_CACHE, "."],
  },
  { name: "format", command: ["node_modules/prettier/bin/prettier.cjs", "--check", "."] },
  {
    name: "conformance",
    command: ["scripts/conformance.js", "--json", `${reports}/conformance.json`],
    count: countConformance,
  },
  { name: "node", command: vitest("node", "!slow"), count: countVitest },
  { name: "browser", command: vitest("browser", "quick"), count: countVitest },
  {
    name: "firefox",
    command: ["scripts/test-firefox.js", `--report=${reports}/firefox.json`],
    count: countFirefox,
  },
  {
    name: "pages",
    command: ["node_modules/playwright/cli.js", "test", "--reporter=list,json"],
    count: countPlaywright,
  },
];

const LEFT_OUT_OF_QUICK = ["format", "conformance", "firefox", "pages"];
const BESIDE_OTHERS_IN_QUICK = ["types", "lint"];

/**
 * @param {Stage} stage
 * @param {boolean} beside whether it runs beside others: its output is then shown when it ends
 * @returns {Promise<{ code: number | null, seconds: number }>}
 */
async function execute({ name, command }, beside) {
  const started = performance.now();
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_FILE: `${reports}/${name}.json` };
  if (!process.stdout.isTTY && !env.FORCE_COLOR) env.NO_COLOR = "1";
  /** @type {import("node:child_process").StdioOptions} */
  const stdio = beside ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"];
  if (!beside) console.log(`\n== ${name}`);
  const child = spawn(process.execPath, command, {
    cwd: root,
    env,
    stdio,
    timeout: STAGE_LIMIT_MS,
  });
  let held = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (text) => (held += String(text)));
  }
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (beside) console.log(`\n== ${name}\n${held}`.trimEnd());
  return { code, seconds: (performance.now() - started) / 1000 };
}

/**
 * A test stage that ended badly without a failed test, or that ran none, has failed all the same.
 * @param {Stage} stage
 * @param {number | null} code
 * @returns {Counts & { note: string }}
 */
function judge({ name, count }, code) {
  if (!count) {
    const ok = code === 0;
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, note: "" };
  }
  /** @type {Counts} */
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = count(`${reports}/${name}.json`);
  } catch {
    return { ...counts, failed: 1, note: "it left no report" };
  }
  if (counts.failed > 0) return { note: "", ...counts };
  if (counts.passed === 0) return { ...counts, failed: 1, note: "no test ran" };
  if (code !== 0) return { ...counts, failed: 1, note: `it ended with code ${code}` };
  return { note: "", ...counts };
}

/**
 * Whether a stage runs in this run.
 * @param {Stage} stage
 */
function isWanted({ name }) {
  if (quick && LEFT_OUT_OF_QUICK.includes(name)) return false;
  if (name !== "conformance" || process.env.LIGHTFUSE_DATA) return true;
  console.log("conformance: left out, LIGHTFUSE_DATA does not name a folder with ONNX's tests");
  return false;
}

/**
 * Runs stages one after the other.
 * @param {Stage[]} inTurn
 * @param {boolean} beside whether other stages run at the same time
 */
async function runStages(inTurn, beside) {
  const results = [];
  for (const stage of inTurn) {
    const { code, seconds } = await execute(stage, beside);
    results.push({ stage, seconds, ...judge(stage, code) });
  }
  return results;
}

async function main() {
  console.log(`setup: ${ensureChromium().executablePath}`);
  ensureVulkan();
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });

  const wanted = stages.filter(isWanted);
  const isBeside = (/** @type {Stage} */ { name }) =>
    quick && BESIDE_OTHERS_IN_QUICK.includes(name);
  const results = await Promise.all([
    runStages(wanted.filter(isBeside), true),
    runStages(
      wanted.filter((stage) => !isBeside(stage)),
      false,
    ),
  ]);

  const lines = [];
  const total = { passed: 0, failed: 0 };
  for (const { stage, seconds, passed, failed, skipped, note } of results.flat()) {
    total.passed += passed;
    total.failed += failed;
    const counted = stage.count ? `${passed} passed, ${failed} failed, ${skipped} skipped` : "";
    const verdict = failed === 0 ? "ok    " : "FAILED";
    const line = `${stage.name.padEnd(11)} ${verdict} ${seconds.toFixed(1).padStart(7)} s  ${counted}`;
    lines.push(note ? `${line} (${note})` : line.trimEnd());
  }
  console.log(`\n${lines.join("\n")}\n\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log("\n0 passed, 1 failed");
  process.exitCode = 1;
}
