/** Where blocks and networks run, and how all of them are run there, whatever one of them does. */
import { within } from "../../scripts/within.js";
import type { Finding } from "./run-fixture.ts";

/** One device; it is not used again after an error. */
export interface Runner {
  /** The browser, if it is one, and the adapter. */
  readonly name: string;
  /** @throws Error when the block or network does not run, or the place where it runs has died */
  run(id: string): Promise<Finding>;
  close(): Promise<void>;
}

export interface Result {
  readonly id: string;
  /** Of all steps. */
  readonly seconds: number;
  /** Absent when it did not run. */
  readonly finding?: Finding;
  /** Why it did not run. */
  readonly message?: string;
}

export interface RunAllOptions {
  readonly open: () => Promise<Runner>;
  /** One that says nothing for so long hangs. */
  readonly limitMs: (id: string) => number;
  /** None is begun after so many milliseconds. */
  readonly budgetMs: number;
  readonly onOpen: (runner: Runner) => void;
  readonly onResult: (result: Result) => void;
}

const CLOSE_LIMIT_MS = 10_000;

/**
 * Runs one after another. One that does not run, hangs, or ends the place where it runs has failed,
 * and the next gets a new runner. Where none can be opened, all that are left have failed.
 * @returns results of those that were begun within the time
 */
export async function runAll(ids: readonly string[], options: RunAllOptions): Promise<Result[]> {
  const { open, limitMs, budgetMs, onOpen, onResult } = options;
  const end = performance.now() + budgetMs;
  const results: Result[] = [];
  const add = (result: Result): void => {
    results.push(result);
    onResult(result);
  };
  let runner: Runner | null = null;
  for (const [i, id] of ids.entries()) {
    if (performance.now() > end) break;
    try {
      if (!runner) onOpen((runner = await open()));
    } catch (error) {
      add({ id, seconds: 0, message: messageOf(error) });
      for (const left of ids.slice(i + 1)) add({ id: left, seconds: 0, message: "not run either" });
      break;
    }
    const result = await runOne(id, runner, limitMs(id));
    add(result);
    if (result.finding) continue;
    await closeQuietly(runner);
    runner = null;
  }
  if (runner) await closeQuietly(runner);
  return results;
}

async function runOne(id: string, runner: Runner, limitMs: number): Promise<Result> {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  try {
    const finding = await within(runner.run(id), limitMs, runner.name);
    return { id, seconds: seconds(), finding };
  } catch (error) {
    return { id, seconds: seconds(), message: messageOf(error) };
  }
}

/** What is broken may not close either; the results stand all the same. */
async function closeQuietly(runner: Runner): Promise<void> {
  await within(runner.close(), CLOSE_LIMIT_MS, "closing").catch(() => undefined);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
