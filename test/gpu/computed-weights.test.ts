/** Convolutions whose weights depend on the input, with what is fused into them, on the GPU. */
import { expect, test } from "vitest";
import { deformConv2d } from "../../src/graph/deform-conv.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { noise } from "../reference/apply.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph } from "./small-models.ts";

async function expectReference(graph: Graph): Promise<void> {
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, shape }, i) => [name, noise(shape, 40 + i)]),
  );
  const model = await load(graph, { device: await testDevice() });
  try {
    expectNear(await model.run(feeds), evaluateGraph(graph, feeds), 1e-5);
  } finally {
    model.dispose();
  }
}

test("dynamic convolution mixes kernels by attention to the image", async () => {
  const graph = buildGraph({ x: [1, 6, 7, 5] }, (b, x) => {
    const pooled = b.reshape(b.op("globalAveragePool", [x], {}), [1, 6]);
    const logits = b.linear(pooled, b.constant(noise([3, 6], 1)), null);
    const attention = b.op("softmax", [logits], { axis: 1 });
    const kernels = b.constant(noise([3, 8 * 6 * 9], 2));
    const weight = b.reshape(b.op("matmul", [attention, kernels], {}), [8, 6, 3, 3]);
    const bias = b.reshape(b.op("matmul", [attention, b.constant(noise([3, 8], 3))], {}), [8]);
    const y = b.conv2d(x, weight, bias, { padding: [1, 1, 1, 1] });
    return { y: b.unary(y, { kind: "relu" }), weight };
  });
  await expectReference(graph);
});

test("correlation slides one input over the other, an example at a time in groups", async () => {
  const graph = buildGraph({ x: [1, 8, 9, 9], z: [8, 1, 3, 3] }, (b, x, z) => {
    const scaled = b.binary("mul", x, b.constant(noise([8, 1, 1], 4)));
    return { y: b.conv2d(scaled, z, null, { groups: 8 }) };
  });
  await expectReference(graph);
});

test("linear layers and transposed convolutions take weights that are computed", async () => {
  const graph = buildGraph({ x: [2, 5], w: [7, 5], z: [1, 3, 4, 4] }, (b, x, w, z) => {
    const squared = b.unary(w, { kind: "square" });
    const y = b.unary(b.linear(x, squared, null), { kind: "tanh" });
    const weight = b.reshape(
      b.op("slice", [squared], { axes: [0], starts: [0], sizes: [6], steps: [1] }),
      [3, 10, 1, 1],
    );
    const up = b.op("convTranspose2d", [z, weight], {
      stride: [2, 2],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
      groups: 1,
      outputPadding: [1, 1],
    });
    return { y, up: b.unary(up, { kind: "sigmoid" }) };
  });
  await expectReference(graph);
});

test("a deformable convolution learns its offsets from its input", { tags: ["slow"] }, async () => {
  const graph = buildGraph({ x: [2, 6, 8, 7] }, (b, x) => {
    const window = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1] } as const;
    const offset = b.conv2d(x, b.constant(noise([36, 6, 3, 3], 5)), null, window);
    const logits = b.conv2d(x, b.constant(noise([18, 6, 3, 3], 6)), null, window);
    const mask = b.unary(logits, { kind: "sigmoid" });
    const weight = b.constant(noise([8, 3, 3, 3], 7));
    const inputs = { x, offset, mask, weight, bias: b.constant(noise([8], 8)) };
    const y = deformConv2d(b, inputs, { ...window, groups: 2, offsetGroups: 2 });
    return { y: b.unary(y, { kind: "relu" }) };
  });
  expect(graph.nodes.map(({ op }) => op)).toContain("deformSample2d");
  await expectReference(graph);
});
