/**
 * Damaged model files: each gives a graph or an error of this library, in bounded time and memory.
 * A process of its own reads them, so that a hang or a crash is seen and has a number;
 * LIGHTFUSE_FUZZ=<seed>,<first case>,<cases> reads others.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { FuzzMessage, FuzzSummary } from "./fuzz/child.ts";
import { realData } from "./real-data.ts";

const START = fileURLToPath(new URL("fuzz/start.js", import.meta.url));
/** MB of the child's heap, the loader's own included. */
const MOST_HEAP = 512;
/** Without a new case for this long the child hangs; a case has 2 s of CPU time. */
const WATCHDOG_MS = 30_000;

const [SEED = 1, FIRST = 0, COUNT = 10_000] =
  process.env.LIGHTFUSE_FUZZ?.split(",").map(Number) ?? [];
const RUNS = 300;

/** @throws Error that names the case in which the child hung or crashed */
function fuzz(): Promise<FuzzSummary> {
  const child = fork(START, [SEED, FIRST, COUNT, RUNS].map(String), {
    execArgv: [`--max-old-space-size=${MOST_HEAP}`],
    env: { ...process.env, LIGHTFUSE_DATA: realData },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let where = "before the first case";
  let errors = "";
  child.stderr?.on("data", (text) => (errors += String(text)));
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      child.kill("SIGKILL");
      reject(new Error(`seed ${SEED}, ${where}: the process ${what}\n${errors.slice(-2000)}`));
    };
    const hangs = () => fail(`made no progress for ${WATCHDOG_MS} ms`);
    let watchdog = setTimeout(hangs, WATCHDOG_MS);
    child.on("message", (message: FuzzMessage) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(hangs, WATCHDOG_MS);
      if ("begin" in message) where = `case ${message.begin}`;
      else resolve(message.summary);
    });
    child.on("exit", (code, signal) => {
      clearTimeout(watchdog);
      fail(`ended with ${code ?? signal}`);
    });
  });
}

test(
  "10,000 damaged files give a graph or an error that says why",
  { tags: ["slow"], timeout: 600_000 },
  async () => {
    const { graphs, plans, runs, errors, findings } = await fuzz();
    console.log(
      `fuzz: seed ${SEED}, ${COUNT} files: ${graphs} graphs, ${plans} plans, ${runs} runs`,
      errors,
    );
    expect(findings).toEqual([]);
    expect(graphs).toBeGreaterThan(COUNT / 20);
    expect(plans).toBeGreaterThan(graphs / 2);
    expect(runs).toBe(Math.min(RUNS, plans));
  },
);
