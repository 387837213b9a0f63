/** Tables of choices: what is read, what is refused and why, and when one is not used. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { AdapterDescription } from "../../src/gpu/device.ts";
import { FormatError } from "../../src/graph/errors.ts";
import { checkTuning, emptyTuning, parseTuning, whyUnused } from "../../src/tuning-table.ts";
import { VERSION } from "../../src/version.ts";

const ADAPTER: AdapterDescription = {
  vendor: "google",
  architecture: "swiftshader",
  description: "",
  software: true,
  features: ["subgroups"],
};

const EMPTY = emptyTuning(ADAPTER, "f32");
const KEY = "conv2d x=1x8x5x5 w=8x8x1x1";
const VARIANT = { kernel: "pointwise", pixels: 7, quads: 4, workgroup: 8 };
const FULL = {
  ...EMPTY,
  choices: { [KEY]: VARIANT },
  sites: [{ site: KEY, nodes: ["a"], times: [{ variant: VARIANT, ms: 0.25 }] }],
};

test("the version is that of the package", () => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  expect(VERSION).toBe((JSON.parse(text) as { version: string }).version);
});

test("a table comes back from JSON as it was", () => {
  const bytes = new TextEncoder().encode(JSON.stringify(FULL));
  expect(parseTuning(bytes, "t.json")).toEqual(FULL);
});

describe("a table that is none is refused:", () => {
  test("no JSON", () => {
    const parse = () => parseTuning(new TextEncoder().encode("{"), "t.json");
    expect(parse).toThrow(FormatError);
    expect(parse).toThrow(/^tuning "t.json": no JSON: /);
  });

  const site = { site: KEY, nodes: ["a"], times: [{ variant: VARIANT, ms: 1 }] };
  const noSite = "expected { site, nodes, times: [{ variant, ms }] }";
  test.each<[unknown, string]>([
    [null, "the table is null, expected an object"],
    [[], "the table is [], expected an object"],
    [{}, '"format" is missing, expected "lightfuse-tuning"'],
    [{ ...EMPTY, version: 1 }, '"version" is 1, expected a string'],
    [{ ...EMPTY, adapter: undefined }, '"adapter" is missing, expected a string'],
    [{ ...EMPTY, precision: "f64" }, '"precision" is "f64", expected "f32" or "f16"'],
    [{ ...EMPTY, choices: [] }, '"choices" is [], expected an object'],
    [
      { ...EMPTY, choices: { [KEY]: null } },
      `the choice for ${KEY} is null, expected an object of a kernel's name, numbers and booleans`,
    ],
    [
      { ...EMPTY, choices: { a: { ...VARIANT, pixels: "7" } } },
      'the choice for a is {"kernel":"pointwise","pixels":"7","quads":4,"workgroup":8}, ' +
        "expected an object of a kernel's name, numbers and booleans",
    ],
    [{ ...EMPTY, sites: {} }, '"sites" is {}, expected an array'],
    [{ ...EMPTY, sites: [site, 3] }, `site 1 is 3, ${noSite}`],
    [{ ...EMPTY, sites: [{ site: 1 }] }, `site 0 is {"site":1}, ${noSite}`],
  ])("%j", (value, message) => {
    expect(() => checkTuning(value, "t.json")).toThrow(
      new FormatError(`tuning "t.json": ${message}`),
    );
  });
});

describe("a table is not used", () => {
  test("unless it is for this adapter, version and precision", () => {
    expect(whyUnused(FULL, ADAPTER, "f32")).toBeNull();
  });

  test.each<[string, Partial<typeof EMPTY>, string]>([
    [
      "adapter",
      { adapter: "nvidia hopper" },
      'adapter "nvidia hopper", this is "google swiftshader"',
    ],
    ["version", { version: "9.9.9" }, `version "9.9.9", this is "${VERSION}"`],
    ["precision", { precision: "f16" }, 'precision "f16", this is "f32"'],
  ])("for another %s", (_, changed, message) => {
    expect(whyUnused({ ...FULL, ...changed }, ADAPTER, "f32")).toBe(`it is for ${message}`);
  });

  test("where the device lacks subgroups", () => {
    const plain = { ...ADAPTER, features: [] };
    expect(whyUnused(FULL, plain, "f32")).toMatch(
      /this is "google swiftshader without subgroups"$/,
    );
  });
});
