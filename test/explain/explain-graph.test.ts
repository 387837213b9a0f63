/** What is said of a compilation: data, text and page. */
import { describe, expect, test } from "vitest";
import { explainGraph, formatGraphExplanation } from "../../src/explain-graph.ts";
import { describeLanes } from "../../src/explain/channel-maps.ts";
import { boundOf, peaksOf } from "../../src/explain/roofline.ts";
import { formatDecision, formatPadding } from "../../src/explain/text.ts";
import { device, named, residual } from "./graphs.ts";

const block = await explainGraph(residual, device);
const shuffled = await explainGraph(named("shufflenet_v2_x1_0"), device);

test.each([
  ["copy", "shuffle: copied, 7.2 us; its 48 channels in 192 lanes: 14.1 us"],
  ["pad", "shuffle: its 48 channels in 192 lanes, 14.1 us; a copy: 7.2 us"],
] as const)("formatPadding says what a %s costs, and what else could be done", (choice, text) => {
  const sizes = { channels: 48, lanes: 192, pad: 14_092, copy: 7195 };
  expect(formatPadding({ value: "shuffle", choice, ...sizes })).toBe(text);
});

test("formatDecision says what one kernel for two convolutions costs, and what two do", () => {
  const costs = { load: null, fork: null, dispatch: 52_000, fused: 31_000 };
  expect(formatDecision({ node: "expand", choice: "fused", ...costs })).toBe(
    "expand: in one dispatch with the depthwise convolution that reads it, 31.0 us; " +
      "a dispatch of its own: 52.0 us",
  );
});

describe("explainGraph", () => {
  test("keeps the graph before the passes and after them, and what each changed", () => {
    expect(block.before.nodes.map(({ kind }) => kind)).toEqual([
      "conv2d",
      "batchNorm",
      "relu6",
      "conv2d",
      "add",
    ]);
    expect(block.after.nodes.map(({ kind }) => kind)).toEqual(["conv2d", "relu6", "conv2d", "add"]);
    const changed = block.passes.filter(({ graph }) => graph);
    expect(changed.map(({ pass }) => pass)).toEqual(["fold batch norm"]);
    expect(changed[0]).toEqual({
      pass: "fold batch norm",
      nodesBefore: 5,
      nodesAfter: 4,
      removed: [
        'batchNorm "batchNorm_1" (expand <b>&", 12, 12, 12, 12) -> 1x12x6x5, epsilon 0.001',
      ],
      added: [],
      graph: block.after,
    });
  });

  test("gives each dispatch its shader, its bytes and the least time that it takes", () => {
    const peaks = { gflops: 10, gbPerSecond: 1, launchUs: 0.1 };
    return explainGraph(residual, device, { peaks }).then(({ dispatches, shaders }) => {
      expect(dispatches).toHaveLength(2);
      const [{ bound, shader, readBytes, writeBytes, weightBytes, macs }] = dispatches;
      expect(shaders[shader]).toContain("@compute");
      expect(macs).toBe(8 * 12 * 30);
      expect(bound).toEqual({
        bytes: readBytes + writeBytes + weightBytes,
        intensity: (2 * macs) / bound.bytes,
        microseconds: bound.bytes / 1000,
        by: "memory",
      });
    });
  });

  test("maps memory over time, within the arena and never below what is live", () => {
    const { memory, dispatches } = shuffled;
    expect(memory.liveBytes).toHaveLength(dispatches.length);
    expect(Math.max(...memory.liveBytes)).toBeLessThanOrEqual(memory.lowerBoundBytes);
    for (const { offset, bytes, first, last } of memory.allocations) {
      expect(offset + bytes).toBeLessThanOrEqual(memory.arenaBytes);
      expect(last).toBeGreaterThanOrEqual(first);
      expect(last).toBeLessThan(dispatches.length);
    }
  });

  test("tells where channels lie that a shuffle would have moved, and who reads by a table", () => {
    expect(shuffled.copies).toEqual([]);
    expect(shuffled.channelMaps.length).toBeGreaterThan(10);
    for (const { channels, lanes, value } of shuffled.channelMaps) {
      const found = lanes.filter((channel) => channel >= 0).sort((a, b) => a - b);
      expect(found, value).toEqual(Array.from({ length: channels }, (_, c) => c));
    }
    expect(shuffled.tableReads.length).toBeGreaterThan(0);
    for (const { pieces } of shuffled.tableReads) expect(pieces).toBeGreaterThan(1);
  });

  test("says what was decided by cost, as the plan does", async () => {
    const { decisions } = await explainGraph(named("mobilenet_v3_small"), device);
    for (const { choice, ...costs } of decisions) {
      const known = [costs.load, costs.fork, costs.dispatch].filter((cost) => cost !== null);
      expect(costs[choice]).toBe(Math.min(...known));
    }
    expect(decisions.length).toBeGreaterThan(0);
  });

  test("is plain data: JSON loses nothing", () => {
    expect(JSON.parse(JSON.stringify(shuffled))).toEqual(shuffled);
    expect(Object.keys(shuffled).sort()).toEqual([
      "after",
      "before",
      "channelMaps",
      "copies",
      "decisions",
      "dispatches",
      "macs",
      "memory",
      "name",
      "paddings",
      "parameters",
      "passes",
      "peaks",
      "shaders",
      "tableReads",
      "weightBytes",
    ]);
  });
});

describe("formatGraphExplanation", () => {
  test("prints a row a dispatch", async () => {
    const lines = (await formatGraphExplanation(block)).split("\n");
    expect(lines[0]).toBe("block: 2 dispatches of 2 shaders, 0 copies, 0.0 MMAC");
    expect(lines[1]).toMatch(
      /^arena 0\.00 MB, 1\.000 x the liveness lower bound of 0\.00 MB; weights/,
    );
    expect(lines[2]).toMatch(/^at least \d+\.\d\d ms at \d+ GFLOP\/s, /);
    expect(lines[4]).toMatch(/^# +kernel +fused +shape +KB +MMAC +op\/B +us +by +first node$/);
    expect(lines[6]).toMatch(/^1 +conv\/pointwise +add +1x8x6x5 .* project$/);
    expect(lines).toHaveLength(7);
  });

  test("prints what each pass changed, between the graphs before and after", async () => {
    const text = await formatGraphExplanation(block, { passes: true });
    expect(text).toContain('graph before the passes, 5 nodes:\n  conv2d "expand');
    expect(text).toContain("pass simplify: no change\n");
    expect(text).toContain("pass fold batch norm: 5 -> 4 nodes\n  - batchNorm");
    expect(text).toContain("graph after the passes, 4 nodes:\n");
  });

  test("prints channel maps, tables and the memory map where details are wanted", async () => {
    const text = await formatGraphExplanation(shuffled, { details: true });
    expect(text).toMatch(/\n {2}stage2\.0\.branch1\.3: 58 channels in \d+ lanes: \d+ \| /);
    expect(text).toMatch(/\n {2}#\d+ stage2\.\S+: "\S+" lies in \d+ pieces\n/);
    expect(text).toMatch(/\n {2}\d+ \.\. \d+ {2}#0 \.\. #\d+ {2}conv1/);
    expect(await formatGraphExplanation(shuffled)).toMatch(
      /\d+ values with channels in other lanes/,
    );
  });

  test("prints the WGSL of one dispatch, and refuses one that is not there", async () => {
    const text = await formatGraphExplanation(block, { wgsl: 1 });
    expect(text.split("\n")[0]).toBe("// #1 project (conv/pointwise): project, sum");
    expect(text).toContain("fn main(");
    await expect(formatGraphExplanation(block, { wgsl: 2 })).rejects.toThrow(
      "there is no dispatch 2, expected 0 to 1",
    );
  });
});

test("a channel map names the pieces that lie together, and the order", () => {
  const [shuffle] = [
    Array.from({ length: 12 }, (_, i) => (i < 5 ? 2 * i : i < 8 ? -1 : 2 * i - 15)),
  ];
  expect(describeLanes("x", shuffle)).toMatchObject({
    channels: 9,
    summary: "9 channels in 12 lanes: 5 | 4",
    order: "0, 2 .. 8 | 1, 3 .. 7",
  });
  expect(describeLanes("x", [4, 5, 6, 7, 0, 1, 2, 3])).toMatchObject({
    summary: "8 channels in 8 lanes: 4 | 4",
    order: "4 .. 7 | 0 .. 3",
  });
});

test("a bound is the longest of arithmetic, bytes and launch", () => {
  const peaks = { gflops: 2, gbPerSecond: 1, launchUs: 5 };
  expect(boundOf(1000, 1000, peaks)).toEqual({
    bytes: 1000,
    intensity: 2,
    microseconds: 5,
    by: "launch",
  });
  expect(boundOf(1000, 1e6, peaks)).toMatchObject({ microseconds: 1000, by: "compute" });
  expect(boundOf(1e6, 1000, peaks)).toMatchObject({ microseconds: 1000, by: "memory" });
  expect(peaksOf(true, { gflops: 7 })).toMatchObject({ gflops: 7, launchUs: 25 });
  expect(peaksOf(false).gflops).toBeGreaterThan(peaksOf(true).gflops);
});
