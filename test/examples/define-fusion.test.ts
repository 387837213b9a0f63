/** The example of a fusion from outside of the package: it computes what the package computes. */
// @module-tag slow
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compare, format } from "../../examples/define-fusion/compare.js";
import { defineConvPool } from "../../examples/define-fusion/conv-pool.js";
import type { Tile } from "../../examples/define-fusion/conv-pool.js";
import { compile } from "../../src/compiler/compile.ts";
import type { DefinedMatch } from "../../src/compiler/fusions/claim.ts";
import type { Fusion } from "../../src/compiler/fusions/fusion.ts";
import { joinTables } from "../../src/compiler/lower/table.ts";
import { F16 } from "../../src/f16.ts";
import { load } from "../../src/model.ts";
import { verify } from "../../src/verify.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { conv, LOWER_TABLE, numbers, TRAITS } from "../compiler/graphs.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { buildGraph } from "../gpu/small-models.ts";

interface Site {
  readonly site: string;
  readonly candidates: readonly Tile[];
}

const PATH = new URL("../../examples/define-fusion/conv-pool.wgsl", import.meta.url);
const convPool = defineConvPool(readFileSync(PATH, "utf8"));

const dense = (b: GraphBuilder, x: Value, out: number): Value =>
  conv(b, x, { out, kernel: 3, padding: [1, 1, 1, 1] });
const pool = (b: GraphBuilder, x: Value): Value =>
  b.maxPool2d(x, { kernel: [2, 2], stride: [2, 2] });

/** Two sites: an activation before the pool and none, and what rides on the store. */
const graph: Graph = buildGraph({ x: [2, 5, 15, 10] }, (b, x) => {
  const first = pool(b, b.unary(dense(b, x, 7), { kind: "leakyRelu", negativeSlope: 0.1 }));
  const second = pool(b, dense(b, first, 13));
  const shift = b.constant(numbers([13, 1, 1]));
  return { y: b.binary("add", b.unary(second, { kind: "relu" }), shift) };
});

/** Where the fusion matches. */
function sitesIn(model: Graph): Site[] {
  const found: Site[] = [];
  const observed: Fusion = {
    ...convPool,
    lower(lowering, group) {
      const match = group.composite!.match as DefinedMatch;
      const candidates = convPool.candidatesOf(match, TRAITS);
      found.push({ site: convPool.siteOf(match), candidates });
      convPool.lower(lowering, group);
    },
  };
  compile(model, TRAITS, {}, joinTables([{ fusions: [observed] }, LOWER_TABLE]));
  return found;
}

test("is named by explain, with what rides in its slots", async () => {
  const model = await load(graph, { device: await testDevice(), fusions: [convPool] });
  const rows = model.explain().dispatches.map(({ kernel, fused }) => [kernel, fused]);
  model.dispose();
  expect(rows).toEqual([
    ["example/conv-pool", { fusion: ["convPool"], activate: ["leakyRelu"] }],
    ["example/conv-pool", { fusion: ["convPool"], store_y: ["relu", "add"] }],
  ]);
});

test("is switched off by its name", async () => {
  const device = await testDevice();
  const model = await load(graph, { device, fusions: [convPool], fuse: { convPool: false } });
  const kernels = model.explain().dispatches.map(({ kernel }) => kernel);
  model.dispose();
  expect(kernels).toEqual(["conv/direct", "pool/max", "conv/direct", "pool/max"]);
});

test.each([0, 1, 2])(
  "computes what the reference does with candidate %d",
  async (index) => {
    const device = await testDevice();
    const choices = sitesIn(graph).map(({ site, candidates }) => [site, candidates[index]]);
    const fusions = [convPool.withChoices(Object.fromEntries(choices))];
    const x = syntheticInput([2, 5, 15, 10]);
    const { rows } = await verify(graph, { x }, device, { fusions, tolerance: 1e-5 });
    expect(rows.map(({ kernel, ok }) => [kernel, ok])).toEqual([
      ["example/conv-pool", true],
      ["example/conv-pool", true],
    ]);
  },
  60_000,
);

test("reads x where it lies, in pieces", async () => {
  const pieces = buildGraph({ x: [1, 8, 6, 4] }, (b, x) => {
    const joined = b.concat([x, b.maxPool2d(x, { kernel: [1, 1] }), x], 1);
    return { y: pool(b, dense(b, joined, 4)), joined: b.unary(joined, { kind: "relu" }) };
  });
  const options = { fusions: [convPool], tolerance: 1e-5 };
  const x = syntheticInput([1, 8, 6, 4]);
  const { rows } = await verify(pieces, { x }, await testDevice(), options);
  const found = rows.find(({ kernel }) => kernel === "example/conv-pool");
  expect(found?.ok).toBe(true);
  const plan = compile(pieces, TRAITS, {}, joinTables([options, LOWER_TABLE]));
  const dispatch = plan.dispatches.find(({ kernel }) => kernel === "example/conv-pool")!;
  expect(dispatch.code).toContain("quad-of-x-table.wgsl");
}, 60_000);

test("stores 16-bit floats where the model does", () => {
  const plan = compile(
    graph,
    TRAITS,
    { elements: F16 },
    joinTables([{ fusions: [convPool] }, LOWER_TABLE]),
  );
  const codes = plan.dispatches.filter(({ kernel }) => kernel === "example/conv-pool");
  expect(codes).toHaveLength(2);
  for (const { code } of codes) expect(code).toMatch(/^enable f16;$/m);
});

test("is tuned and compared", async () => {
  const comparison = await compare(graph, convPool, await testDevice(), 2);
  const { dispatches, apartDispatches, difference, tuning } = comparison;
  expect([dispatches, apartDispatches]).toEqual([2, 4]);
  expect(difference).toBeLessThan(1e-5);
  expect(tuning.sites.map(({ candidates }) => candidates.length)).toEqual([3, 3]);
  expect(JSON.parse(JSON.stringify(tuning))).toEqual(tuning);
  expect(format(comparison)).toContain("4 dispatches apart, 2 fused");
}, 60_000);
