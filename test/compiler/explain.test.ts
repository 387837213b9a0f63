/** What a plan says of itself. */
import { expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { explain, formatExplanation } from "../../src/explain.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { batchNorm, conv, planOf } from "./graphs.ts";

const block = buildGraph(
  { x: [1, 8, 6, 5] },
  (builder, x) => {
    const expanded = conv(builder, x, { out: 12, name: "expand" });
    const active = builder.unary(batchNorm(builder, expanded), { kind: "relu6" }, "act");
    const part = builder.op(
      "slice",
      [active],
      { axes: [1], starts: [2], sizes: [8], steps: [1] },
      "part",
    );
    return { y: builder.binary("add", conv(builder, part, { out: 8, name: "project" }), x, "sum") };
  },
  "block",
);

test("explain names every dispatch with its nodes, bytes and multiply-accumulates", () => {
  const { name, dispatches } = explain(planOf(block, { channels: false }));
  expect(name).toBe("block");
  expect(dispatches).toMatchObject([
    {
      index: 0,
      label: "expand",
      kernel: "conv/pointwise",
      nodes: ["expand", "act"],
      fused: { store_y: ["relu6"] },
      shape: [1, 12, 6, 5],
      readBytes: 2 * 30 * 16,
      writeBytes: 3 * 30 * 16,
      weightBytes: (8 * 12 + 12) * 4,
      macs: 8 * 12 * 30,
    },
    {
      index: 1,
      label: "part",
      kernel: "layout/copy-channels",
      nodes: ["part"],
      fused: {},
      shape: [1, 8, 6, 5],
      readBytes: 3 * 30 * 16,
      writeBytes: 2 * 30 * 16,
      weightBytes: 0,
      macs: 0,
      copy: "the slice begins at channel 2, not on a quad",
    },
    {
      index: 2,
      label: "project",
      nodes: ["project", "sum"],
      fused: { store_y: ["add"] },
      // The residual is read beside the input.
      readBytes: 4 * 30 * 16,
    },
  ]);
});

test("explain lists the copies with their reasons", () => {
  expect(explain(planOf(block, { channels: false })).copies).toEqual([
    { index: 1, label: "part", reason: "the slice begins at channel 2, not on a quad" },
  ]);
});

test("explain counts only what runs with tensors of the host", () => {
  const plan = planOf(block, { channels: false });
  expect(plan.dispatches.map(({ when }) => when)).toEqual([
    "import",
    "always",
    "always",
    "always",
    "export",
  ]);
  expect(explain(plan).dispatches).toHaveLength(3);
});

test("explain agrees with the graph about parameters and multiply-accumulates", () => {
  const graph = network("mobilenet_v3_small");
  const plan = planOf(bindWeights(graph, syntheticWeights(graph), "formula"));
  const explanation = explain(plan);
  expect(explanation.parameters).toBe(countParameters(graph));
  expect(explanation.macs).toBe(countMacs(graph));
  expect(explanation.dispatches.reduce((sum, { macs }) => sum + macs, 0)).toBe(explanation.macs);
  expect(explanation.weightBytes).toBeGreaterThanOrEqual(
    explanation.dispatches.reduce((sum, { weightBytes }) => sum + weightBytes, 0),
  );
  expect(explanation.copies).toEqual([]);
  expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
});

test("formatExplanation prints a table, and the copies below it", () => {
  const lines = formatExplanation(explain(planOf(block, { channels: false }))).split("\n");
  expect(lines[0]).toBe("block: 3 dispatches, 1 of them copies, 0.0 MMAC");
  expect(lines[1]).toMatch(
    /^arena 0\.0\d MB, 1\.\d{3} x the liveness lower bound of 0\.0\d MB; weights 0\.00 MB$/,
  );
  expect(lines[3]).toMatch(
    /^# +kernel +fused +shape +KB in +KB out +KB weights +MMAC +first node$/,
  );
  expect(lines[4]).toMatch(
    /^0 +conv\/pointwise +relu6 +1x12x6x5 +0\.9 +1\.4 +0\.4 +0\.00 +expand$/,
  );
  expect(lines.slice(-2)).toEqual([
    "copies:",
    "  #1 part: the slice begins at channel 2, not on a quad",
  ]);
});
