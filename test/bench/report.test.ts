/** The tables of the benchmarks, and the pictures of their report. */
import { describe, expect, test } from "vitest";
import { digits, markdownTable, percent, times } from "../../bench/markdown.ts";
import { formatHelp, parseOptions } from "../../bench/options.ts";
import { failureOf } from "../../bench/entry.ts";
import { fineLogScale, linearScale, logScale, roundTicks } from "../../bench/report/scale.ts";
import { reportPage } from "../../bench/report/page.ts";
import { ratioChart } from "../../bench/report/ratio-chart.ts";
import { element, escapeText } from "../../bench/report/svg.ts";
import type { PeerResult } from "../../bench/rows.ts";
import { formatSummary } from "../../bench/summary.ts";

const figure = (value: number, ratio: number) => ({ value, ratio, values: [value] });

function peer(network: string, ratio: number | string): PeerResult {
  const all = (each: number) =>
    Object.fromEntries(["runCpuMs", "runMs", "coldCpuMs", "coldMs"].map((name) => [name, figure(100 * each, each)])); // prettier-ignore
  const failed = typeof ratio === "string";
  return {
    kind: "peers",
    adapter: "test-adapter",
    host: "Chromium 1",
    version: "1.0.0",
    commit: "abc",
    date: "2026-01-01",
    command: "npm run bench:peers",
    network,
    weights: "by formula",
    inputShape: [1, 3, 8, 8],
    rounds: 1,
    runs: 1,
    rows: [
      { engine: "lightfuse", title: "lightfuse", version: "1.0.0", figures: all(1) },
      failed
        ? { engine: "litert", title: "LiteRT.js", version: "2", failure: ratio, figures: {} }
        : { engine: "litert", title: "LiteRT.js", version: "2", figures: all(ratio) },
    ],
  };
}

describe("the summary", () => {
  const text = formatSummary([peer("a", 2), peer("b", 8), peer("c", "its outputs are all zeros")]);

  test("has the geometric mean and the least ratio of the networks that ran", () => {
    expect(text).toContain("| LiteRT.js | 2 of 3 | 4.00x (2.00x) |");
  });
  test("has a row a network, and says where a peer failed and why", () => {
    expect(text).toContain("| a | 100 | 2.00x |");
    expect(text).toContain("| c | 100 | failed |");
    expect(text).toContain("- c, LiteRT.js: its outputs are all zeros");
  });
});

describe("failureOf an output", () => {
  test("is none where numbers are finite and not all zero", () => {
    expect(failureOf([0, 1, -2], [])).toBeUndefined();
  });
  test("says that all are zeros, and what WebGPU reported", () => {
    expect(failureOf([0, 0], ["no\n such  thing"])).toBe(
      "its outputs are all zeros; WebGPU reported: no such thing",
    );
  });
  test("counts what is not finite", () => {
    expect(failureOf([NaN, 1, Infinity], [])).toBe("2 of its 3 outputs are not finite");
  });
});

describe("markdown", () => {
  test("writes a table with numbers at the right, and what is missing as -", () => {
    const columns = [
      { title: "name", left: true as const, cell: (row: { name: string }) => row.name },
      { title: "ms", cell: (row: { ms?: number }) => row.ms },
    ];
    const rows = [{ name: "a|b", ms: 3 }, { name: "c" }];
    expect(markdownTable<{ name: string; ms?: number }>(columns, rows)).toBe(
      "| name | ms |\n| --- | ---: |\n| a\\|b | 3 |\n| c | - |",
    );
  });
  test("keeps three digits", () => {
    expect([0, 0.1234, 1.234, 12.34, 123.4, 1234.5].map(digits)).toEqual(
      ["0", "0.123", "1.23", "12.3", "123", "1235"], // prettier-ignore
    );
    expect([times(3.875), times(12.34), percent(0.614)]).toEqual(["3.88x", "12.3x", "61 %"]);
  });
});

describe("options", () => {
  const known = { usage: "npm run x", values: { rounds: "how often" }, flags: { json: "as JSON" } };

  test("are values, flags and names", () => {
    const options = parseOptions(["a", "--rounds", "4", "--json", "b"], known);
    expect([options.names, options.count("rounds", 1), options.has("json")]).toEqual([["a", "b"], 4, true]); // prettier-ignore
  });
  test("that are not known are refused with those that are", () => {
    expect(() => parseOptions(["--round"], known)).toThrow(
      "--round is not known; options: --rounds --json --help",
    );
  });
  test("are listed by the help", () => {
    expect(formatHelp(known)).toBe(
      "npm run x\n\n  --rounds <value>  how often\n  --json            as JSON\n  --help            show this",
    );
  });
});

describe("scales", () => {
  test("have round ticks from 0 to the greatest value or beyond", () => {
    expect(roundTicks(1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(roundTicks(37, 4)).toEqual([0, 10, 20, 30, 40]);
  });
  test("that are linear begin at 0", () => {
    const { at } = linearScale(10, [200, 100]);
    expect([at(0), at(5), at(10)]).toEqual([200, 150, 100]);
  });
  test("that are logarithmic have whole powers of ten, at equal distances", () => {
    const { at, ticks } = logScale([0.3, 40], [0, 300]);
    expect(ticks).toEqual([0.1, 1, 10, 100]);
    expect(ticks.map((tick) => Math.round(at(tick)))).toEqual([0, 100, 200, 300]);
  });
  test("of near values have ticks at 1, 2 and 5", () => {
    const { at, ticks } = fineLogScale([0.84, 3], [0, 100]);
    expect(ticks).toEqual([0.5, 1, 2, 5]);
    expect(Math.round(at(5))).toBe(100);
  });
});

describe("svg", () => {
  test("escapes text and attributes, and rounds numbers", () => {
    expect(element("a", { x: 1.23456, y: undefined, title: '"<' }, "b")).toBe(
      '<a x="1.23" title="&quot;&lt;">b</a>',
    );
    expect(escapeText("a<b>&")).toBe("a&lt;b&gt;&amp;");
  });
  test("draws a dot a ratio, at its place", () => {
    const rows = [
      { name: "n<1>", dots: [{ name: "p", colour: "c0", ratio: 2 }] },
      { name: "m", dots: [{ name: "p", colour: "c0", ratio: 4 }] },
    ];
    const text = ratioChart("title", "label", rows);
    expect(text.match(/<circle /g)).toHaveLength(2);
    expect(text).toContain("<title>n&lt;1&gt;, p: 2.00x</title>");
  });
});

test("the report is one page that loads nothing", () => {
  const nothing = { device: [], kernels: [], scaling: [], fusion: [] };
  const results = [peer("a", 2), peer("b", "it hangs")];
  const page = reportPage([{ adapter: "test-adapter", peers: results, ...nothing }]);
  expect(page).toContain("<h2>test-adapter</h2>");
  expect(page).toContain("a, LiteRT.js: 2.00x");
  expect(page).not.toMatch(/\b(src|href)=|@import|url\(/);
});
