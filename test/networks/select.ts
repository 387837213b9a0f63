/** What `npm run test:networks` was asked for, and the networks that this means. */
import type { Fixture } from "../goldens.ts";

export interface Options {
  /** Parts of ids, `blocks` or `networks`; none means all of both. */
  readonly patterns: readonly string[];
  /** No network is begun after this time. */
  readonly budgetMinutes: number;
  /** Where to write the results. */
  readonly json: string | null;
  /** Runs in Node instead of Chromium. */
  readonly node: boolean;
}

/** By id. */
export interface Fixtures {
  readonly blocks: Readonly<Record<string, Fixture>>;
  readonly networks: Readonly<Record<string, Fixture>>;
}

const USAGE =
  "expected parts of names, blocks, networks, --budget <minutes>, --json <file>, --node; for " +
  "example `npm run test:networks -- ghostnet hbonet --budget 10`";

/** @throws Error for an option that there is not, or that lacks its value */
export function parseOptions(given: readonly string[]): Options {
  const rest = [...given];
  const patterns: string[] = [];
  let options: Omit<Options, "patterns"> = { budgetMinutes: Infinity, json: null, node: false };
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    if (!next.startsWith("-")) patterns.push(next);
    else if (next === "--node") options = { ...options, node: true };
    else if (next === "--budget") options = { ...options, budgetMinutes: minutes(rest.shift()) };
    else if (next === "--json") options = { ...options, json: file(rest.shift()) };
    else throw new Error(`test:networks: there is no option ${next}; ${USAGE}`);
  }
  return { ...options, patterns };
}

function minutes(value = ""): number {
  if (Number(value) > 0) return Number(value);
  throw new Error(`test:networks: --budget "${value}" is no number of minutes; ${USAGE}`);
}

function file(value = ""): string {
  if (value !== "" && !value.startsWith("-")) return value;
  throw new Error(`test:networks: --json "${value}" is no name of a file; ${USAGE}`);
}

/**
 * The ids that have a golden and that a pattern means, those with the fewest MACs first.
 * @throws Error when a pattern means none
 */
export function selectFixtures(fixtures: Fixtures, patterns: readonly string[]): string[] {
  const all = Object.values(fixtures).flatMap((kind) => idsWithGolden(kind));
  const wanted = patterns.flatMap((pattern) => {
    const isKind = pattern === "blocks" || pattern === "networks";
    const ids = isKind
      ? idsWithGolden(fixtures[pattern])
      : all.filter((id) => id.includes(pattern));
    if (ids.length > 0) return ids;
    throw new Error(`test:networks: nothing with a golden has "${pattern}" in its name`);
  });
  const macs = (id: string): number => (fixtures.blocks[id] ?? fixtures.networks[id]).macs;
  const ids = [...new Set(patterns.length > 0 ? wanted : all)];
  return ids.sort((a, b) => macs(a) - macs(b));
}

function idsWithGolden(fixtures: Readonly<Record<string, Fixture>>): string[] {
  return Object.keys(fixtures).filter((id) => fixtures[id].golden);
}
