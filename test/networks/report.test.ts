/** What `npm run test:networks` prints. */
import { describe, expect, it } from "vitest";
import { describeResult, summarize } from "./report.ts";
import type { Result } from "./runner.ts";

const block = "ghost_module_16_24";
const ran = (id: string, error: number, passed = true): Result => ({
  id,
  seconds: 90,
  finding: { passed, error, times: [10, 20, 30] },
});

describe("describeResult", () => {
  it("says how far off one is that passed or failed", () => {
    expect(describeResult(ran("squeezenet1_1", 2.62e-7))).toMatch(
      /^ok {5}squeezenet1_1 +349\.2 MMAC +90\.0 s {2}off by 2\.6e-7 x max\|reference\|$/,
    );
    expect(describeResult(ran(block, 0.5, false))).toMatch(
      /^FAILED ghost_module_16_24 .* off by 5\.0e-1 x max\|reference\|$/,
    );
  });

  it("says why one did not run", () => {
    const result = { id: block, seconds: 1, message: "the page crashed" };
    expect(describeResult(result)).toMatch(/^FAILED ghost_module_16_24 .* {2}the page crashed$/);
  });
});

describe("summarize", () => {
  it("names the greatest errors, and where the time went", () => {
    const failed = { id: "resnet50", seconds: 60, message: "no adapter" };
    const results = [ran(block, 1e-7), ran("vgg16", 2e-7), ran("squeezenet1_1", 1.5e-7), failed];
    expect(summarize(results)).toEqual([
      "blocks: the greatest of 1 errors is 1.0e-7 x max|reference| (ghost_module_16_24)",
      "networks: the greatest of 2 errors is 2.0e-7 x max|reference| (vgg16)",
      "5.5 minutes: weights 30 s, plans and pipelines 60 s, runs 90 s",
    ]);
  });
});
