/**
 * The linked WGSL of every fused combination that MobileNetV3-Small and SqueezeNet use, so that a
 * change to fusion shows as a diff. After a change that is meant: `npx vitest run -u test/shaders`.
 */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import type { Dispatch } from "../../src/compiler/plan.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { F16 } from "../../src/f16.ts";
import { conv, LOWER_TABLE, TRAITS } from "../compiler/graphs.ts";
import { GPU_KERNELS, planWith } from "../gpu/gpu-kernels.ts";
import { buildGraph, convolution } from "../gpu/small-models.ts";

const FOLDER = new URL("snapshots/", import.meta.url);

/** A GPU: its tiles are small, and so are the texts. */
const GPU = { ...TRAITS, software: false, subgroups: false };

/** `conv-pointwise.load-mul.store-add-relu.wgsl` */
function fileName({ kernel, fused }: Dispatch): string {
  const slots = Object.entries(fused)
    .filter(([, stages]) => stages.length > 0)
    .map(([slot, stages]) => `.${[slot.replace(/_.*/, ""), ...stages].join("-")}`);
  return `${kernel.replace("/", "-")}${slots.join("")}.wgsl`;
}

/** By file name; of the tiles of one combination the one with the shortest text. */
const combinations = new Map<string, string>();
for (const id of ["mobilenet_v3_small", "squeezenet1_1"]) {
  const graph = network(id);
  const bound = bindWeights(graph, syntheticWeights(graph), "formula");
  const plan = compile(bound, GPU, {}, LOWER_TABLE);
  for (const dispatch of plan.dispatches) {
    const name = fileName(dispatch);
    const known = combinations.get(name);
    if (!known || dispatch.code.length < known.length) combinations.set(name, dispatch.code);
  }
}

/** One with 16-bit storage: the others differ from theirs in the same files. */
const { dispatches } = compile(convolution([1, 3, 4, 4]), GPU, { elements: F16 });
const direct = dispatches.find(({ kernel }) => kernel === "conv/direct")!;
combinations.set(fileName(direct).replace("wgsl", "f16.wgsl"), direct.code);

/** A depthwise separable convolution in one dispatch. */
const separable = network("mobilenet_v1", { inputSize: 32 });
const fused = compile(
  bindWeights(separable, syntheticWeights(separable), "formula"),
  GPU,
  { fuse: { depthwisePointwise: true } },
  LOWER_TABLE,
).dispatches.find(({ kernel }) => kernel === "conv/depthwise-pointwise-shared")!;
combinations.set(fileName(fused), fused.code);

/** The two convolutions of a ghost module, of which the first is stored too. */
const ghost = buildGraph({ x: [1, 8, 4, 4] }, (b, x) => {
  const first = b.unary(conv(b, x, { out: 4 }), { kind: "relu" });
  const window = { out: 4, groups: 4, kernel: 3, padding: [1, 1, 1, 1] } as const;
  return { y: b.concat([first, b.unary(conv(b, first, window), { kind: "relu" })]) };
});
const pair = compile(
  ghost,
  GPU,
  { fuse: { pointwiseDepthwise: true } },
  LOWER_TABLE,
).dispatches.find(({ kernel }) => kernel === "conv/pointwise-depthwise")!;
combinations.set(fileName(pair), pair.code);

/** Those through workgroup memory, which the networks take on larger images only. */
for (const kernel of GPU_KERNELS) {
  const size = kernel.startsWith("pointwise") ? 1 : 3;
  const graph = buildGraph({ x: [1, 64, 8, 8] }, (b, x) => ({
    y: b.unary(conv(b, x, { out: 8, kernel: size }), { kind: "relu" }),
  }));
  const [dispatch] = planWith(graph, GPU, kernel)!.dispatches.filter(
    (each) => each.kernel === `conv/${kernel}`,
  );
  combinations.set(fileName(dispatch), dispatch.code);
}

describe("the linked text of", () => {
  test.each([...combinations])("%s is as it was", async (name, code) => {
    await expect(code).toMatchFileSnapshot(new URL(name, FOLDER).pathname);
  });

  test("no other combination is kept", () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...combinations.keys()].sort());
  });
});
