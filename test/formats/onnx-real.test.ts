import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseNpy } from "../../src/formats/npy.ts";
import { findUnsupportedOnnx, parseOnnx } from "../../src/formats/onnx/all.ts";
import { FormatError, GraphError, ShapeError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { sameShape } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { encodeTensorFile } from "./onnx-encode.ts";
import { describeRealData } from "./real-data.ts";

const errors = [FormatError, GraphError, ShapeError];
const isClear = (error: unknown) => errors.some((type) => error instanceof type);

/** A TensorProto file, as the node tests of ONNX have them. */
function readTensorFile(path: string): Tensor {
  const { value } = parseOnnx(encodeTensorFile(readFileSync(path)), { name: path }).outputs[0];
  return value.constant!;
}

const numberIn = (file: string) => Number(/\d+/.exec(file)?.[0]);
function readTensors(folder: string, kind: string): Tensor[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(kind))
    .sort((a, b) => numberIn(a) - numberIn(b))
    .map((file) => readTensorFile(`${folder}/${file}`));
}

/** Where shapes and counts are inputs of a test, all inputs but the first become constants. */
function parseFor(bytes: Uint8Array, names: string[], inputs: Tensor[]): Graph {
  const given = inputs.map((input, i) => [names[i], input] as const);
  const shapes = given.map(([name, { shape }]) => [name, shape] as const);
  try {
    return parseOnnx(bytes, { inputShapes: Object.fromEntries(shapes) });
  } catch (error) {
    if (!String(error).includes("depends on the data")) throw error;
    return parseOnnx(bytes, {
      inputShapes: Object.fromEntries(shapes.slice(0, 1)),
      inputValues: Object.fromEntries(given.slice(1)),
    });
  }
}

function isNear(actual: Tensor, expected: Tensor): boolean {
  return (
    sameShape(actual.shape, expected.shape) &&
    expected.data.every((value, i) => {
      const difference = Math.abs(actual.data[i] - value);
      return Object.is(actual.data[i], value) || difference <= 1e-3 * (1 + Math.abs(value));
    })
  );
}

/** "equal", "different", or the error of an operator, attribute or rank that is not supported. */
function outcome(folder: string): string {
  try {
    const bytes = readFileSync(`${folder}/model.onnx`);
    const data = `${folder}/test_data_set_0`;
    const inputs = readTensors(data, "input");
    const names = inputNames(bytes);
    const graph = parseFor(bytes, names, inputs);
    const values = Object.fromEntries(inputs.map((input, i) => [names[i], input]));
    const outputs = Object.values(evaluateGraph(graph, values));
    const expected = readTensors(data, "output");
    return outputs.every((output, i) => isNear(output, expected[i])) ? "equal" : "different";
  } catch (error) {
    if (!isClear(error)) throw error;
    return String(error);
  }
}

/** Names of the graph's inputs that no initializer fills, from the message that lists them. */
function inputNames(bytes: Uint8Array): string[] {
  try {
    parseOnnx(bytes, { inputShapes: { "no such input": [] } });
  } catch (error) {
    const names = /the inputs are (.*)$/.exec(String(error))?.[1];
    if (names !== undefined) return names.split(", ");
    throw error;
  }
  throw new Error("a wrong input name was accepted");
}

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

  test("every other real model gives a graph or names what is not supported", () => {
    const failures: string[] = [];
    for (const model of readdirSync(`${folder}/models`)) {
      for (const file of readdirSync(`${folder}/models/${model}`)) {
        if (!file.endsWith(".onnx")) continue;
        const bytes = readFileSync(`${folder}/models/${model}/${file}`);
        const unsupported = findUnsupportedOnnx(bytes).map(({ op }) => op);
        if (unsupported.length) failures.push(...unsupported);
        else expect(parseOnnx(bytes, { name: file }).outputs.length).toBeGreaterThan(0);
      }
    }
    expect(new Set(failures)).toEqual(
      new Set(["DequantizeLinear", "QuantizeLinear", "ConvTranspose"]),
    );
  });

  test.each([
    ["node", 245],
    ["pytorch-converted", 52],
  ])("the ONNX project's tests in %s are equal or not supported", (kind, least) => {
    const root = `${folder}/onnx-node/${kind}`;
    const outcomes = readdirSync(root).map((name) => [name, outcome(`${root}/${name}`)] as const);
    const different = outcomes.filter(([, result]) => result === "different");
    // Expects positions by the fractional size 0.6 * 4, where PyTorch and other engines use 2.
    const known = ["test_resize_downsample_scales_linear_align_corners"];
    expect(different.map(([name]) => name)).toEqual(kind === "node" ? known : []);
    expect(outcomes.filter(([, result]) => result === "equal").length).toBeGreaterThanOrEqual(
      least,
    );
  });
});
