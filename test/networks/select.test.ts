/** Options and order of `npm run test:networks`. */
import { describe, expect, it } from "vitest";
import type { Fixture, Golden } from "../goldens.ts";
import { parseOptions, selectFixtures } from "./select.ts";

const golden: Golden = { shape: [1], sum: 0, l2: 0, max: 0, min: 0, samples: [] };
const fixture = (macs: number, hasGolden = true): Fixture => ({
  input: [1, 3, 224, 224],
  params: 1,
  macs,
  ...(hasGolden ? { golden } : {}),
});

describe("parseOptions", () => {
  it("takes everything, all the time and Chromium by default", () => {
    expect(parseOptions([])).toEqual({
      patterns: [],
      budgetMinutes: Infinity,
      json: null,
      node: false,
    });
  });

  it("reads parts of names, a budget, a file and the place", () => {
    expect(parseOptions(["ghost", "--budget", "2.5", "--node", "hbo", "--json", "r.json"])).toEqual(
      { patterns: ["ghost", "hbo"], budgetMinutes: 2.5, json: "r.json", node: true },
    );
  });

  it.each([
    [["--budget"], '--budget "" is no number of minutes'],
    [["--budget", "soon"], '--budget "soon" is no number of minutes'],
    [["--budget", "-1"], '--budget "-1" is no number of minutes'],
    [["--json"], '--json "" is no name of a file'],
    [["--json", "--node"], '--json "--node" is no name of a file'],
    [["ghost", "--fast"], "there is no option --fast"],
  ])("refuses %j", (given, reason) => {
    expect(() => parseOptions(given)).toThrow(
      `test:networks: ${reason}; expected parts of names, blocks, networks, ` +
        "--budget <minutes>, --json <file>, --node; for example " +
        "`npm run test:networks -- ghostnet hbonet --budget 10`",
    );
  });
});

describe("selectFixtures", () => {
  const fixtures = {
    blocks: { small: fixture(1), heavy: fixture(7) },
    networks: { big: fixture(9), middle: fixture(5), bare: fixture(2, false) },
  };

  it("orders those that have a golden by their work", () => {
    expect(selectFixtures(fixtures, [])).toEqual(["small", "middle", "heavy", "big"]);
  });

  it("keeps those that have one of the parts in their names, each once", () => {
    expect(selectFixtures(fixtures, ["ig", "mid", "big"])).toEqual(["middle", "big"]);
  });

  it("takes all blocks, or all networks", () => {
    expect(selectFixtures(fixtures, ["blocks"])).toEqual(["small", "heavy"]);
    expect(selectFixtures(fixtures, ["networks", "small"])).toEqual(["small", "middle", "big"]);
  });

  it("names a part that is in no name", () => {
    expect(() => selectFixtures(fixtures, ["big", "bare"])).toThrow(
      'test:networks: nothing with a golden has "bare" in its name',
    );
  });
});
