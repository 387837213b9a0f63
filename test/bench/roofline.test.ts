/** What the benchmarks say that a dispatch must take at least. */
import { describe, expect, test } from "vitest";
import { bestOf, type DeviceFigures } from "../../bench/device/figures.ts";
import type { Layer } from "../../bench/layers.ts";
import { loadsOf } from "../../bench/loads.ts";
import { attainable, rooflineOf } from "../../bench/roofline.ts";
import { sweptTiles } from "../../bench/tiles.ts";

const FIGURES: DeviceFigures = {
  unit: "time",
  software: true,
  gflops: 20,
  fmaNs: 0.1,
  loadNs: 2,
  storeNs: 3,
  workgroupLoadNs: 4,
  broadcastNs: 0.5,
  barrierNs: 40,
  barrierLatencyNs: 3000,
  loadGbPerSecond: 2,
  memoryGbPerSecond: 1,
  copyGbPerSecond: 5,
  dispatchUs: { inPass: 25, ownPass: 30, ownSubmit: 200, awaited: 300 },
  readback: [],
  upload: [],
};

function layer(x: number[], weight: number[], groups = 1, stride = 1): Layer {
  const y = [x[0], weight[0], x[2] / stride, x[3] / stride];
  const attributes = {
    stride: [stride, stride] as const,
    padding: [1, 1, 1, 1] as const,
    dilation: [1, 1] as const,
    groups,
  };
  const kernel = groups > 1 ? ("depthwise" as const) : ("pointwise" as const);
  return { kernel, title: "", x, y, weight, attributes, uses: 1 };
}

const given = (of: Layer, tile: [number, number, number] | undefined, subgroups: boolean) => ({
  layer: of,
  y: of.y,
  tile,
  subgroups,
});

describe("rooflineOf", () => {
  test("counts two operations a multiply-add, and bytes once", () => {
    const { limits } = rooflineOf({ macs: 1e7, bytes: 3e6, stores: 1e6 }, FIGURES);
    expect(limits).toEqual({ compute: 1, memory: 3, accesses: 0, instructions: 0 });
  });
  test("is the tightest limit", () => {
    const loads = { scalars: 2e6, broadcasts: 4e6 };
    const gpu = { ...FIGURES, software: false };
    const work = { bytes: 3e6, loads, stores: 1e6 };
    expect(rooflineOf({ ...work, macs: 1e7 }, gpu)).toMatchObject({ ms: 9, by: "accesses" });
    expect(rooflineOf({ ...work, macs: 12e7 }, gpu)).toMatchObject({ ms: 12, by: "compute" });
    expect(rooflineOf({ macs: 1e7, bytes: 3e6, stores: 0 }, gpu)).toMatchObject({
      ms: 3,
      by: "memory",
    });
  });
  test("adds accesses and products up where a core does both", () => {
    const loads = { scalars: 2e6, broadcasts: 4e6 };
    const work = { macs: 1e7, bytes: 3e6, loads, stores: 1e6 };
    expect(rooflineOf(work, FIGURES)).toMatchObject({ ms: 10, by: "instructions" });
  });
  test("takes broadcasts for free where there are none to measure", () => {
    const loads = { scalars: 1e6, broadcasts: 1e6 };
    const figures = { ...FIGURES, broadcastNs: null };
    expect(rooflineOf({ macs: 0, bytes: 0, loads, stores: 0 }, figures).limits.accesses).toBe(2);
  });
});

test("bestOf takes the quickest of each, and broadcasts wherever there were any", () => {
  const slow = { ...FIGURES, gflops: 10, loadNs: 3, storeNs: 2, broadcastNs: null };
  expect(bestOf([FIGURES, slow])).toEqual({ ...FIGURES, storeNs: 2 });
  expect(bestOf([slow, FIGURES])).toEqual({ ...FIGURES, storeNs: 2 });
  expect(bestOf([slow])).toEqual(slow);
});

test("attainable is bandwidth below the ridge, and the peak above it", () => {
  expect(attainable(2, 20, 4)).toBe(8);
  expect(attainable(50, 20, 4)).toBe(20);
});

describe("loadsOf", () => {
  test("of a pointwise tile are its pixels and its blocks of weights, a quad of x", () => {
    const of = layer([1, 8, 4, 7], [16, 8, 1, 1]);
    // 28 pixels in tiles of 7, 4 quads in tiles of 2: 8 tiles, each 2 quads of x.
    expect(loadsOf("conv/pointwise", given(of, [7, 2, 8], false))).toEqual({
      scalars: 8 * 2 * (7 * 4 + 2 * 16),
      broadcasts: 0,
    });
  });
  test("of a tile with subgroups are a quarter of the blocks, which are broadcast", () => {
    const of = layer([1, 8, 4, 7], [16, 8, 1, 1]);
    expect(loadsOf("conv/pointwise", given(of, [7, 2, 8], true))).toEqual({
      scalars: 8 * 2 * (7 * 4 + 2 * 4),
      broadcasts: 8 * 2 * 2 * 16,
    });
  });
  test("of a k x k tile are those of each tap", () => {
    const unit = loadsOf("conv/direct", given(layer([1, 8, 4, 4], [8, 8, 1, 1]), [4, 2, 8], true))!;
    const three = loadsOf(
      "conv/direct",
      given(layer([1, 8, 4, 4], [8, 8, 3, 3]), [4, 2, 8], true),
    )!;
    expect(three.scalars).toBe(9 * unit.scalars);
  });
  test("of a depthwise strip are the rows that it passes, with the weights once", () => {
    const of = layer([1, 8, 8, 8], [8, 1, 3, 3], 8);
    // 2 quads, 2 strips of 4 columns and all 8 rows: 10 rows of 6 columns, 9 weights and the bias.
    expect(loadsOf("conv/depthwise-rows", given(of, [8, 4, 8], false))).toEqual({
      scalars: 4 * (10 * 6 + 9 + 1) * 4,
      broadcasts: 0,
    });
  });
  test("of a depthwise strip with stride 2 pass every row of x", () => {
    const of = layer([1, 4, 16, 16], [4, 1, 3, 3], 4, 2);
    // 2 strips of 4 columns: (8 - 1) * 2 + 3 rows of (4 - 1) * 2 + 3 columns.
    expect(loadsOf("conv/depthwise-rows", given(of, [8, 4, 8], false))!.scalars).toBe(
      2 * (17 * 9 + 10) * 4,
    );
  });
  test("of a linear layer are x and a block, for each quad of y and of x", () => {
    const of = { ...layer([1, 8, 1, 1], [12, 8, 1, 1]), kernel: "linear" as const };
    expect(loadsOf("linear/linear", given(of, undefined, true))).toEqual({
      scalars: 3 * 2 * 20,
      broadcasts: 0,
    });
  });
  test("of split sums are those of tiles that broadcast nothing", () => {
    const of = layer([1, 8, 4, 7], [16, 8, 3, 3]);
    const tile = { pixels: 2, quads: 2, lanes: 16, split: 8 };
    // 28 pixels of 4 quads in tiles of 2 x 2: 28 tiles, each 9 taps of 2 quads of x.
    const loads = { scalars: 28 * 18 * (2 * 4 + 2 * 16), broadcasts: 0 };
    for (const kernel of ["conv/pointwise-split", "conv/direct-split"]) {
      expect(loadsOf(kernel, { ...given(of, undefined, true), tile })).toEqual(loads);
    }
  });
  test("of tiles that workgroups share are loaded once a workgroup, four quads at a time", () => {
    const of = layer([1, 24, 8, 16], [64, 24, 1, 1]);
    const tile = { lanes: 16, rows: 4, pixels: 2, quads: 2 };
    // 128 pixels of 16 quads in workgroups of 32 x 8: 8 of them, each 8 quads of x for 6.
    expect(loadsOf("conv/pointwise-shared", { ...given(of, undefined, true), tile })).toEqual({
      scalars: 8 * 8 * (32 * 4 + 8 * 16),
      broadcasts: 0,
    });
  });
  test("of Winograd are windows that workgroups transform, and blocks of 16 positions", () => {
    const of = layer([1, 8, 16, 16], [32, 8, 3, 3]);
    const tile = { tiles: 4, quads: 2 };
    // 64 windows of 8 quads in workgroups of 16 x 8: 4 of them. A window is loaded as 4 x 2 rows of 4.
    expect(loadsOf("conv/winograd", { ...given(of, undefined, true), tile })).toEqual({
      scalars: 4 * 2 * (16 * 32 * 4 + 256 * 2 * 16),
      broadcasts: 0,
    });
  });
  test("of a depthwise tile are the rows of each of its rows, with the weights once", () => {
    const of = layer([1, 8, 8, 8], [8, 1, 3, 3], 8);
    // 2 quads, 8 tiles of 2 x 4: 3 rows of 6 columns for each row, 9 weights and the bias.
    const scalars = 16 * (2 * 3 * 6 + 9 + 1) * 4;
    expect(loadsOf("conv/depthwise", given(of, [2, 4, 8], false))).toEqual({
      scalars,
      broadcasts: 0,
    });
    const tile = { height: 2, width: 4, workgroup: 8 };
    expect(loadsOf("conv/depthwise", { ...given(of, undefined, false), tile })?.scalars).toBe(
      scalars,
    );
  });
  test("of other kernels are not known, nor of tiles without their sizes", () => {
    const of = layer([1, 8, 4, 4], [8, 8, 3, 3]);
    expect(loadsOf("conv/pooled", given(of, [4, 2, 8], true))).toBeUndefined();
    expect(loadsOf("conv/winograd", given(of, [4, 2, 8], true))).toBeUndefined();
    expect(loadsOf("conv/direct", given(of, undefined, true))).toBeUndefined();
  });
});

describe("sweptTiles", () => {
  test("leave out what computes twice as much as there is", () => {
    const tiles = sweptTiles(layer([1, 8, 2, 2], [4, 8, 1, 1]), true);
    expect(tiles).toEqual([
      [7, 1, 8],
      [4, 1, 8],
    ]);
  });
  test("of a linear layer are none", () => {
    expect(sweptTiles({ kernel: "linear", y: [1, 8, 1, 1] }, false)).toEqual([]);
  });
});
