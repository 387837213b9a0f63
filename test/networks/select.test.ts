/** Options and order of `npm run test:networks`. */
import { describe, expect, it } from "vitest";
import type { Fixture, Golden } from "../goldens.ts";
import { parseOptions, selectNetworks } from "./select.ts";

const golden: Golden = { shape: [1], sum: 0, l2: 0, max: 0, min: 0, samples: [] };
const fixture = (macs: number, hasGolden = true): Fixture => ({
  input: [1, 3, 224, 224],
  params: 1,
  macs,
  ...(hasGolden ? { golden } : {}),
});

describe("parseOptions", () => {
  it("takes all networks and all the time by default", () => {
    expect(parseOptions([])).toEqual({ patterns: [], budgetMinutes: Infinity, json: null });
  });

  it("reads parts of names, a budget and a file", () => {
    expect(parseOptions(["ghost", "--budget", "2.5", "hbo", "--json", "r.json"])).toEqual({
      patterns: ["ghost", "hbo"],
      budgetMinutes: 2.5,
      json: "r.json",
    });
  });

  it.each([[["--budget"]], [["--budget", "soon"]], [["--json"]], [["--fast", "1"]]])(
    "refuses %j",
    (given) => {
      expect(() => parseOptions(given)).toThrow(
        "test:networks: expected parts of names, --budget <minutes>, --json <file>",
      );
    },
  );
});

describe("selectNetworks", () => {
  const fixtures = {
    big: fixture(9),
    small: fixture(1),
    middle: fixture(5),
    bare: fixture(2, false),
  };

  it("orders those that have a golden by their work", () => {
    expect(selectNetworks(fixtures, [])).toEqual(["small", "middle", "big"]);
  });

  it("keeps those that have one of the parts in their names", () => {
    expect(selectNetworks(fixtures, ["ig", "mid"])).toEqual(["middle", "big"]);
  });

  it("names a part that is in no name", () => {
    expect(() => selectNetworks(fixtures, ["big", "bare"])).toThrow(
      'test:networks: no network with a golden has "bare" in its name',
    );
  });
});
