/** Running all, on places that fail. */
import { describe, expect, it } from "vitest";
import type { Finding } from "./run-fixture.ts";
import { runAll } from "./runner.ts";
import type { RunAllOptions, Runner } from "./runner.ts";

const good: Finding = { passed: true, error: 1e-7, times: [0, 0, 0] };
const off: Finding = { passed: false, error: 0.5, times: [0, 0, 0] };

/** Places with a log of what happens to them: what "ok", "off", "throws" and "hangs" do is in their names. */
function places(options: { opensFailing?: number } = {}): {
  readonly log: string[];
  readonly options: RunAllOptions;
} {
  const log: string[] = [];
  let opened = 0;
  const run = (id: string): Promise<Finding> => {
    log.push(id);
    if (id === "hangs") return new Promise(() => undefined);
    if (id === "throws") return Promise.reject(new Error("the page crashed"));
    return Promise.resolve(id === "off" ? off : good);
  };
  const open = (): Promise<Runner> => {
    if (++opened === options.opensFailing) return Promise.reject(new Error("no adapter"));
    const name = `place ${opened}`;
    const close = (): Promise<void> => {
      log.push(`closed ${name}`);
      return name === "place 2" ? Promise.reject(new Error("it is gone")) : Promise.resolve();
    };
    return Promise.resolve({ name, run, close });
  };
  const heard = (name: string): void => void log.push(name);
  return {
    log,
    options: {
      open,
      limitMs: () => 20,
      budgetMs: Infinity,
      onOpen: ({ name }) => heard(`opened ${name}`),
      onResult: ({ id }) => heard(`result of ${id}`),
    },
  };
}

describe("runAll", () => {
  it("runs all in one place, those that are off too", async () => {
    const { log, options } = places();
    const results = await runAll(["ok", "off"], options);
    expect(results.map(({ finding }) => finding)).toEqual([good, off]);
    expect(log).toEqual([
      "opened place 1",
      "ok",
      "result of ok",
      "off",
      "result of off",
      "closed place 1",
    ]);
  });

  it("goes on in a new place after one that fails or hangs", async () => {
    const { log, options } = places();
    const results = await runAll(["throws", "hangs", "ok"], options);
    expect(results.map(({ id, finding, message }) => [id, finding ?? message])).toEqual([
      ["throws", "the page crashed"],
      ["hangs", "place 2 did not answer within 0.02 s"],
      ["ok", good],
    ]);
    expect(log.filter((line) => /place/.test(line))).toEqual([
      "opened place 1",
      "closed place 1",
      "opened place 2",
      "closed place 2",
      "opened place 3",
      "closed place 3",
    ]);
  });

  it("opens no place after the last", async () => {
    const { log, options } = places();
    await runAll(["throws"], options);
    expect(log.at(-1)).toBe("closed place 1");
  });

  it("counts all that are left as failed where no place can be opened", async () => {
    const { log, options } = places({ opensFailing: 2 });
    const results = await runAll(["ok", "throws", "off", "ok"], options);
    expect(results.map(({ message }) => message)).toEqual([
      undefined,
      "the page crashed",
      "no adapter",
      "not run either",
    ]);
    expect(log.filter((line) => line.startsWith("result"))).toHaveLength(4);
  });

  it("begins none after the time is over", async () => {
    const { options } = places();
    const results = await runAll(["hangs", "ok"], { ...options, budgetMs: 10 });
    expect(results.map(({ id }) => id)).toEqual(["hangs"]);
  });
});
