/** Real ONNX models; the ONNX project's own tests are those of `npm run conformance`. */
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseNpy } from "../../src/formats/npy.ts";
import { findUnsupportedOnnx, parseOnnx } from "../../src/formats/onnx/all.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { describeRealData } from "./real-data.ts";

describeRealData("real ONNX models", (folder) => {
  describe("parseOnnx reads the real model", () => {
    test.each([
      ["squeezenet_v1.1/squeezenet_v1.1_fp32.onnx", 1_235_496, 418_467_520],
      ["mobilenet_v1/mobilenet_v1_0.5_160_dequant_fp32.onnx", 1_326_633, 76_525_312],
      ["mobilenet_v2/mobilenet_v2_1.0_224_dequant_fp32.onnx", 3_489_097, 300_775_552],
      // All float initializers are 2,536,805: five of them are scalars of formulas, not learnable.
      ["mobilenet_v3_small/mobilenet_v3_small_1.0_224_dequant_fp32.onnx", 2_536_800, 56_510_400],
    ])("%s", (file, parameters, macs) => {
      const bytes = readFileSync(`${folder}/models/${file}`);
      expect(findUnsupportedOnnx(bytes)).toEqual([]);
      const graph = parseOnnx(bytes, { name: file });
      expect([countParameters(graph), countMacs(graph)]).toEqual([parameters, macs]);
    });
  });

  test.each([
    ["squeezenet_v1.1", "squeezenet_v1.1_fp32"],
    ["mobilenet_v1", "mobilenet_v1_0.5_160_dequant_fp32"],
    ["mobilenet_v2", "mobilenet_v2_1.0_224_dequant_fp32"],
    ["mobilenet_v3_small", "mobilenet_v3_small_1.0_224_dequant_fp32"],
  ])("a graph of %s computes the trusted output", { tags: ["slow"] }, (model, file) => {
    const at = `${folder}/models/${model}`;
    const read = (kind: string) =>
      parseNpy(readFileSync(`${at}/ref/${file}.coral_parrot.${kind}.npy`), kind);
    const graph = parseOnnx(readFileSync(`${at}/${file}.onnx`));
    const [y] = Object.values(evaluateGraph(graph, { [graph.inputs[0].name]: read("input") }));
    const expected = read("output");
    const most = Math.max(...expected.data);
    expected.data.forEach((value, i) => {
      expect(Math.abs(y.data[i] - value)).toBeLessThanOrEqual(1e-5 * most);
    });
  });

  test("every other real model gives a graph", () => {
    for (const model of readdirSync(`${folder}/models`)) {
      for (const file of readdirSync(`${folder}/models/${model}`)) {
        if (!file.endsWith(".onnx")) continue;
        const bytes = readFileSync(`${folder}/models/${model}/${file}`);
        expect(findUnsupportedOnnx(bytes)).toEqual([]);
        expect(parseOnnx(bytes, { name: file }).outputs.length).toBeGreaterThan(0);
      }
    }
  });
});
