/** How the importer reads the weights of a TensorFlow.js model. */
import { describe, expect, test } from "vitest";
import { parseTfjs } from "../../src/formats/tfjs/parse.ts";
import { readWeights, tfjsWeightPaths } from "../../src/formats/tfjs/weights.ts";
import { FormatError } from "../../src/graph/errors.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { writeModel } from "./tfjs-model.ts";
import type { ConstantSpec } from "./tfjs-model.ts";

function read(constants: Record<string, ConstantSpec>): Record<string, Tensor> {
  const { json, weights } = writeModel({ inputs: {}, nodes: {}, constants });
  const tensors = [...readWeights(json, weights, 'tfjs "m.json"')];
  return Object.fromEntries(tensors.map(([name, tensor]) => [name, tensor()]));
}

function manifest(weights: unknown, paths: unknown = []): object {
  return { modelTopology: {}, weightsManifest: [{ paths, weights }] };
}

describe("readWeights", () => {
  test("reads each dtype, at offsets that are no multiple of its size", () => {
    const tensors = read({
      flag: { shape: [3], dtype: "bool", data: [1, 0, 2] },
      floats: { shape: [2], data: [1.5, -2] },
      byte: { shape: [], dtype: "uint8", data: [200] },
      ints: { shape: [1, 2], dtype: "int32", data: [-7, 2 ** 31 - 1] },
    });
    expect(tensors).toEqual({
      flag: { shape: [3], dtype: "bool", data: Uint8Array.of(1, 0, 1) },
      floats: { shape: [2], dtype: "float32", data: Float32Array.of(1.5, -2) },
      byte: { shape: [], dtype: "int32", data: Int32Array.of(200) },
      ints: { shape: [1, 2], dtype: "int32", data: Int32Array.of(-7, 2 ** 31 - 1) },
    });
  });

  test("widens float16 and unquantises uint8 and uint16", () => {
    const tensors = read({
      half: { shape: [3], data: [0x3c00, 0xc100, 0x0001], quantization: { dtype: "float16" } },
      byte: {
        shape: [3],
        data: [0, 1, 255],
        quantization: { dtype: "uint8", scale: 0.5, min: -3 },
      },
      word: {
        shape: [2],
        data: [0, 65535],
        quantization: { dtype: "uint16", scale: 0.25, min: 1 },
      },
      ints: {
        shape: [2],
        dtype: "int32",
        data: [0, 3],
        quantization: { dtype: "uint8", scale: 1.5, min: -9 },
      },
    });
    expect([...tensors.half.data]).toEqual([1, -2.5, 2 ** -24]);
    expect([...tensors.byte.data]).toEqual([-3, -2.5, 124.5]);
    expect([...tensors.word.data]).toEqual([1, 16384.75]);
    // -4.5 rounds as Math.round does: up.
    expect(tensors.ints).toEqual({ shape: [2], dtype: "int32", data: Int32Array.of(-9, -4) });
  });

  test("joins the groups in their order", () => {
    const weight = (name: string): object => ({ name, shape: [1], dtype: "float32" });
    const json = {
      weightsManifest: [
        { paths: ["a1", "a2"], weights: [weight("a")] },
        { paths: ["b"], weights: [weight("b")] },
      ],
    };
    const bytes = new Uint8Array(Float32Array.of(4, 5).buffer);
    expect(readWeights(json, bytes, "tfjs").get("b")?.().data[0]).toBe(5);
    expect(tfjsWeightPaths(json)).toEqual(["a1", "a2", "b"]);
  });

  test.each([
    [0, "the weights have 0 bytes, but weightsManifest describes 24: 24 are missing"],
    [23, "the weights have 23 bytes, but weightsManifest describes 24: 1 are missing"],
    [26, "the weights have 26 bytes, but weightsManifest describes 24: 2 are too many"],
  ])("says by how much %i bytes do not fit", (length, message) => {
    const json = manifest([{ name: "w", shape: [2, 3], dtype: "float32" }]);
    expect(() => readWeights(json, new Uint8Array(length), 'tfjs "m.json"')).toThrow(
      new FormatError(`tfjs "m.json": ${message}`),
    );
  });

  test.each<[unknown, string]>([
    [{}, "weightsManifest is missing, expected a list"],
    [{ weightsManifest: [3] }, "group 0 of weightsManifest is not an object"],
    [manifest(null), "a group of weights has no weights"],
    [manifest([{}]), "a weight of weightsManifest has no name"],
    [
      manifest([{ name: "w", shape: [2, -3], dtype: "float32" }]),
      'weight "w" has shape [2,-3], expected a list of sizes',
    ],
    [
      manifest([{ name: "w", shape: [2 ** 40, 2 ** 40], dtype: "float32" }]),
      'weight "w" has shape [1099511627776,1099511627776], expected a list of sizes',
    ],
    [
      manifest([{ name: "w", shape: [], dtype: "string" }]),
      'weight "w" has dtype "string", expected float32, int32, uint8, bool',
    ],
    [
      manifest([{ name: "w", shape: [], dtype: "float32", quantization: { dtype: "int4" } }]),
      'weight "w" is quantized to "int4", expected float16 (of float32), uint8 or uint16',
    ],
    [
      manifest([{ name: "w", shape: [], dtype: "float32", quantization: { dtype: "uint8" } }]),
      'weight "w" is quantized to uint8 without a scale and a min',
    ],
    [
      manifest([0, 1].map(() => ({ name: "w", shape: [0], dtype: "float32" }))),
      'weight "w" is there twice',
    ],
  ])("rejects malformed manifest %#", (json, message) => {
    expect(() => readWeights(json, new Uint8Array(0), 'tfjs "m.json"')).toThrow(
      new FormatError(`tfjs "m.json": ${message}`),
    );
  });

  test("does not allocate what a manifest promises and the file does not have", () => {
    const json = manifest([{ name: "w", shape: [2 ** 45], dtype: "float32" }]);
    expect(() => readWeights(json, new Uint8Array(8), "tfjs")).toThrow(
      "the weights have 8 bytes, but weightsManifest describes 140737488355328: 140737488355320 are missing",
    );
  });
});

describe("tfjsWeightPaths", () => {
  test.each(["/etc/passwd", "../up.bin", "a/../../b", "http://host/x.bin", "", 7])(
    "rejects %j",
    (path) => {
      expect(() => tfjsWeightPaths(manifest([], [path]))).toThrow(
        new FormatError(
          `tfjs "model.json": weight path ${JSON.stringify(path)} is not valid, expected a file beside the model`,
        ),
      );
    },
  );

  test("rejects a group without paths", () => {
    expect(() => tfjsWeightPaths({ weightsManifest: [{}] }, "net.json")).toThrow(
      new FormatError('tfjs "net.json": a group of weights has no paths'),
    );
  });

  test("accepts folders beside the model", () => {
    expect(tfjsWeightPaths(manifest([], ["w/a..b.bin", "c.bin"]))).toEqual(["w/a..b.bin", "c.bin"]);
  });
});

test("a model's Const that the manifest lacks is an error", () => {
  const { json, weights } = writeModel({ inputs: { x: [1] }, nodes: { y: ["Relu", ["x"]] } });
  const topology = json.modelTopology as { node: object[] };
  topology.node.push({ name: "k", op: "Const" }, { name: "z", op: "Add", input: ["y", "k"] });
  expect(() => parseTfjs(json, weights, { name: "m.json" })).toThrow(
    new FormatError('tfjs "m.json": node 2 "Const" (k) is not in the weightsManifest'),
  );
});
