/** Which convolutions the kernels through workgroup memory can compute, and where they are taken first. */
import { describe, expect, test } from "vitest";
import { variantText } from "../../src/compiler/variants.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { quadsOf } from "../../src/shaders/spec.ts";
import { GPU_KERNELS, sitesOf } from "../gpu/gpu-kernels.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { conv, TRAITS } from "./graphs.ts";
import type { Convolution } from "./graphs.ts";

const DISCRETE: DeviceTraits = { ...TRAITS, software: false };

function graphOf(x: Shape, options: Convolution): Graph {
  return buildGraph({ x }, (b, input) => ({ y: conv(b, input, options) }));
}

const SAME = { kernel: 3, padding: [1, 1, 1, 1] } as const;

describe("a discrete GPU", () => {
  test.each<[string, string, Shape, Convolution]>([
    ["a large matrix product", "pointwise-shared", [1, 64, 56, 56], { out: 256 }],
    ["one of few inputs", "pointwise", [1, 32, 56, 56], { out: 256 }],
    ["one of few outputs", "pointwise", [1, 256, 56, 56], { out: 24 }],
    ["long sums of a small map", "pointwise-split", [1, 384, 14, 14], { out: 64 }],
    ["longer ones", "pointwise-split", [1, 960, 7, 7], { out: 160 }],
    ["short sums of a small map", "pointwise", [1, 64, 14, 14], { out: 384 }],
    ["many small maps", "pointwise", [64, 384, 14, 14], { out: 64 }],
    ["3 x 3 taps of a large map", "winograd", [1, 64, 56, 56], { out: 64, ...SAME }],
    ["3 x 3 taps of a map of 14 x 14", "winograd", [1, 256, 14, 14], { out: 256, ...SAME }],
    ["3 x 3 taps of a map of 7 x 7", "direct-split", [1, 512, 7, 7], { out: 512, ...SAME }],
    [
      "3 x 3 taps with strides",
      "direct-split",
      [1, 256, 14, 14],
      { out: 512, ...SAME, stride: [2, 2] },
    ],
    ["the first layer", "direct", [1, 3, 224, 224], { out: 64, ...SAME }],
    ["a linear layer", "linear", [1, 1280, 1, 1], { out: 1000 }],
  ])("computes %s by %s", (_, kernel, x, options) => {
    const [{ chosen, variants }] = sitesOf(graphOf(x, options), DISCRETE);
    expect(chosen.kernel).toBe(kernel);
    expect(variants.map(variantText)).toContain(variantText(chosen));
  });

  test("takes smaller tiles for fewer pixels and channels", () => {
    const tileOf = (x: Shape, out: number): string =>
      variantText(sitesOf(graphOf(x, { out }), DISCRETE)[0].chosen);
    expect(tileOf([1, 64, 112, 112], 128)).toBe(
      "pointwise-shared lanes=16 pixels=4 quads=2 rows=8",
    );
    expect(tileOf([1, 64, 56, 56], 128)).toBe("pointwise-shared lanes=16 pixels=2 quads=2 rows=8");
    expect(tileOf([1, 64, 28, 28], 128)).toBe("pointwise-shared lanes=16 pixels=2 quads=2 rows=4");
  });
});

const SITES: readonly (readonly [Shape, Convolution])[] = [
  [[1, 384, 14, 14], { out: 64 }],
  [[1, 64, 56, 56], { out: 64 }],
  [[1, 64, 56, 56], { out: 64, ...SAME }],
  [[1, 512, 7, 7], { out: 512, ...SAME }],
];

const isForGpus = ({ kernel }: { readonly kernel: string }): boolean =>
  (GPU_KERNELS as readonly string[]).includes(kernel);

describe.each(SITES)("%j with %j", (x, options) => {
  test("has no such kernel on a software adapter", () => {
    const [{ variants }] = sitesOf(graphOf(x, options), TRAITS);
    expect(variants.filter(isForGpus)).toEqual([]);
  });

  test("takes none of them first on an integrated GPU", () => {
    const traits = { ...DISCRETE, integrated: true };
    const [{ chosen, variants }] = sitesOf(graphOf(x, options), traits);
    expect(isForGpus(chosen)).toBe(false);
    expect(variants.some(isForGpus)).toBe(true);
  });

  test("has no workgroups that are larger than the device allows", () => {
    const traits = { ...DISCRETE, maxInvocationsPerWorkgroup: 64 };
    const [{ variants }] = sitesOf(graphOf(x, options), traits);
    for (const variant of variants.filter(isForGpus)) {
      const { lanes, rows, split } = variant as { lanes?: number; rows?: number; split?: number };
      expect(lanes! * (rows ?? split!), variantText(variant)).toBeLessThanOrEqual(64);
    }
  });
});

test.each<[string, Partial<Convolution>]>([
  ["a stride", { stride: [2, 2] }],
  ["a dilation", { dilation: [2, 2] }],
  ["groups", { groups: 2 }],
  ["5 x 5 taps", { kernel: 5 }],
])("Winograd's filtering is not for %s", (_, options) => {
  const graph = graphOf([1, 128, 28, 28], { out: 128, ...SAME, ...options });
  const [{ variants }] = sitesOf(graph, DISCRETE);
  expect(variants.map(({ kernel }) => kernel)).not.toContain("winograd");
});

test("tiles of quads do not straddle groups", () => {
  const graph = graphOf([1, 96, 7, 7], { out: 36, groups: 3, ...SAME });
  const [{ variants }] = sitesOf(graph, DISCRETE);
  const splits = variants.filter(({ kernel }) => kernel === "direct-split");
  expect(splits.length).toBeGreaterThan(0);
  for (const { quads } of splits as { kernel: string; quads?: number }[]) {
    expect(quadsOf(36 / 3) % quads!).toBe(0);
  }
});
