/** Real TensorFlow.js graph models: those of `@vladmandic/human`. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { findUnsupportedTfjs, parseTfjs } from "../../src/formats/tfjs/parse.ts";
import { tfjsWeightPaths } from "../../src/formats/tfjs/weights.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { formatShape } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";

const MODELS = new URL("../../node_modules/@vladmandic/human/models/", import.meta.url).pathname;

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(MODELS, `${name}.json`), "utf8"));
}

function load(name: string): Graph {
  const json = readJson(name);
  const files = tfjsWeightPaths(json).map((path) =>
    readFileSync(join(dirname(MODELS + name), path)),
  );
  return parseTfjs(json, new Uint8Array(Buffer.concat(files)), { name: `${name}.json` });
}

function countOf(graph: Graph, op: string): number {
  return graph.nodes.filter((node) => node.op === op).length;
}

describe("CenterNet", () => {
  const graph = load("centernet");

  test("has the inputs and outputs of its signature", () => {
    expect(graph.inputs.map(({ name, shape }) => `${name} ${formatShape(shape)}`)).toEqual([
      "tower_0/images 1x512x512x3",
    ]);
    expect(graph.outputs.map(({ name, value }) => `${name} ${formatShape(value.shape)}`)).toEqual([
      "tower_0/wh 1x128x128x4",
      "tower_0/keypoints 1x128x128x80",
      "tower_0/detections 1x100x6",
    ]);
  });

  test("keeps its convolutions, and 4 transposes: one input, two maps, one for the top 100", () => {
    expect(countOf(graph, "conv2d")).toBe(62 + 15 + 11 + 1);
    expect(countOf(graph, "globalAveragePool")).toBe(9);
    expect(countOf(graph, "resize")).toBe(3);
    expect(countOf(graph, "transpose")).toBe(4);
    expect(countParameters(graph)).toBe(2_014_924);
    expect(countMacs(graph)).toBe(1_295_249_792);
  });

  const data = process.env.LIGHTFUSE_DATA;
  if (data) {
    test(
      "finds the boats that TensorFlow.js finds",
      { timeout: 300_000, tags: ["slow"] },
      async () => {
        const folder = join(data, "models/centernet_mobilenetv3/ref");
        const photo = sharp(join(folder, "boats_512.png")).removeAlpha().raw();
        const pixels = Float32Array.from(await photo.toBuffer());
        const image = { shape: [1, 512, 512, 3], dtype: "float32", data: pixels } as const;
        const found = evaluateGraph(graph, { "tower_0/images": image })["tower_0/detections"].data;
        const file = readFileSync(join(folder, "detections.npy"));
        const start = 10 + file.readUInt16LE(8);
        const expected = new Float32Array(new Uint8Array(file.subarray(start)).buffer);
        const rows = Array.from({ length: 100 }, (_, row) => row * 6).filter(
          (at) => expected[at + 4] > 0.2,
        );
        expect(rows).toHaveLength(8);
        for (const at of rows) {
          const [box, score, kind] = [found.slice(at, at + 4), found[at + 4], found[at + 5]];
          box.forEach((edge, i) => {
            expect(Math.abs(edge - expected[at + i])).toBeLessThan(1);
          });
          expect(Math.abs(score - expected[at + 4])).toBeLessThan(0.005);
          expect(kind).toBe(expected[at + 5]);
        }
      },
    );
  }
});

describe("the importer reads", () => {
  test.each([
    ["antispoof", 426_545, "activation_4 1x1"],
    [
      "blazeface",
      134_704,
      "Identity_3:0 1x384x16, Identity:0 1x512x1, Identity_1:0 1x384x1, Identity_2:0 1x512x16",
    ],
    ["emotion", 205_127, "Identity:0 1x7"],
    ["facemesh", 738_919, "output_mesh 1x1404, output_faceflag 1x1, output_contours 1x266"],
    [
      "faceres",
      3_473_445,
      "gender_pred/Sigmoid:0 1x1, global_pooling/Mean 1x1024, age_pred/Softmax:0 1x100",
    ],
    [
      "handlandmark-lite",
      1_000_288,
      "Identity_1:0 1x1, Identity:0 1x63, Identity_2:0 1x1, Identity_3:0 1x63",
    ],
    ["iris", 649_764, "Identity:0 1x1x1x228"],
    ["liveness", 147_922, "activation_6 1x2"],
    ["movenet-lightning", 2_317_974, "Identity:0 1x1x17x3"],
  ])("%s with %i parameters", (name, parameters, outputs) => {
    const graph = load(name);
    expect(countParameters(graph)).toBe(parameters);
    const shapes = graph.outputs.map(
      (output) => `${output.name} ${formatShape(output.value.shape)}`,
    );
    expect(shapes.join(", ")).toBe(outputs);
  });

  test("no control flow, and says so", () => {
    expect(findUnsupportedTfjs(readJson("handtrack")).slice(0, 3)).toEqual([
      { op: "Enter", count: 6 },
      { op: "Merge", count: 6 },
      { op: "Switch", count: 6 },
    ]);
    expect(() => load("handtrack")).toThrow(
      'tfjs "handtrack.json": node 592 "TensorListReserve" ' +
        "(StatefulPartitionedCall/map/TensorArrayV2_1) is not supported; " +
        "supported operators are listed in docs/operators.md",
    );
  });
});
