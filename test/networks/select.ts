/** What `npm run test:networks` was asked for, and the networks that this means. */
import type { Fixture } from "../goldens.ts";

export interface Options {
  /** Parts of ids; none means all networks. */
  readonly patterns: readonly string[];
  /** No network is begun after this time. */
  readonly budgetMinutes: number;
  /** Where to write the results. */
  readonly json: string | null;
}

const USAGE =
  "test:networks: expected parts of names, --budget <minutes>, --json <file>; for example " +
  "`npm run test:networks -- ghostnet hbonet --budget 10`";

/** @throws Error for an option that there is not, or that lacks its value */
export function parseOptions(given: readonly string[]): Options {
  let options: Options = { patterns: [], budgetMinutes: Infinity, json: null };
  for (let i = 0; i < given.length; i++) {
    if (!given[i].startsWith("-")) {
      options = { ...options, patterns: [...options.patterns, given[i]] };
      continue;
    }
    const value = given[i + 1] ?? "";
    if (given[i] === "--json" && value !== "") options = { ...options, json: value };
    else if (given[i] === "--budget" && Number(value) > 0) {
      options = { ...options, budgetMinutes: Number(value) };
    } else throw new Error(USAGE);
    i++;
  }
  return options;
}

/**
 * The ids that contain one of the patterns and have a golden, those with the fewest MACs first.
 * @throws Error when a pattern is in no id
 */
export function selectNetworks(
  fixtures: Readonly<Record<string, Fixture>>,
  patterns: readonly string[],
): string[] {
  const ids = Object.keys(fixtures).filter((id) => fixtures[id].golden);
  const unknown = patterns.find((pattern) => !ids.some((id) => id.includes(pattern)));
  if (unknown !== undefined) {
    throw new Error(`test:networks: no network with a golden has "${unknown}" in its name`);
  }
  return ids
    .filter((id) => patterns.length === 0 || patterns.some((pattern) => id.includes(pattern)))
    .sort((a, b) => fixtures[a].macs - fixtures[b].macs);
}
