/** What the TensorFlow.js importer says of files, inputs and outputs that do not fit, word for word. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTfjs } from "../../src/formats/tfjs/parse.ts";
import { FormatError, GraphError, ShapeError } from "../../src/graph/errors.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { writeModel } from "./tfjs-model.ts";
import type { ModelSpec } from "./tfjs-model.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const NONE = new Uint8Array(0);

function expectError(json: unknown, weights: Uint8Array, message: string): void {
  expect(() => parseTfjs(json, weights, { name: "m.json" })).toThrow(new FormatError(message));
}

describe("parseTfjs rejects", () => {
  test.each<[string, unknown, string]>([
    ["what is no object", 3, "modelTopology is missing, expected a TensorFlow.js model"],
    ["a model without topology", {}, "modelTopology is missing, expected a TensorFlow.js model"],
    [
      "a layers model",
      { format: "layers-model", modelTopology: { model_config: {} }, weightsManifest: [] },
      'it has no nodes (format "layers-model"), expected a graph model',
    ],
    ["a node of another kind", { modelTopology: { node: [7] } }, "node 0 is not an object"],
    [
      "a node without an op",
      { modelTopology: { node: [{ name: "a" }] } },
      "node 0 has no name or no op",
    ],
    [
      "inputs that are no names",
      { modelTopology: { node: [{ name: "a", op: "Relu", input: [3] }] } },
      'node 0 "Relu" (a) has inputs that are not a list of names',
    ],
    [
      "two nodes of one name",
      { modelTopology: { node: [0, 1].map(() => ({ name: "a", op: "Relu" })) } },
      'node 1 "Relu" (a) has the name of node 0',
    ],
    ["a model without nodes", { modelTopology: { node: [] } }, "the model has no outputs"],
    [
      "a signature without names",
      { modelTopology: { node: [] }, signature: { outputs: { y: {} } } },
      'the signature gives no tensor name for "y"',
    ],
  ])("%s", (_, json, message) => {
    expectError(json, NONE, `tfjs "m.json": ${message}`);
  });

  test("outputs that are not there", () => {
    const model = (output: string): ModelSpec => ({
      inputs: { x: [1] },
      nodes: {},
      outputs: { y: output },
    });
    const first = writeModel(model("gone"));
    expectError(
      first.json,
      first.weights,
      'tfjs "m.json": output "y" is node "gone", which is not in the file',
    );
    const second = writeModel(model("x:1"));
    expectError(
      second.json,
      second.weights,
      'tfjs "m.json": output "y" is output 1 of "x", which has 1',
    );
  });

  test.each<[Shape, Record<string, Shape>, string]>([
    [
      [1, -1, 5],
      {},
      'node 0 "Placeholder" (x) has shape 1x?x5: give the open sizes by inputShapes["x"]',
    ],
    [
      [1, -1, 5],
      { x: [1, 2, 6] },
      'node 0 "Placeholder" (x) has shape 1x?x5, but inputShapes gives 1x2x6',
    ],
    [
      [1, -1, 5],
      { x: [1, 2] },
      'node 0 "Placeholder" (x) has shape 1x?x5, but inputShapes gives 1x2',
    ],
    [[1, 5], { z: [1] }, 'inputShapes names "z", but the inputs are "x"'],
  ])("shape %j with inputShapes %j", (shape, inputShapes, message) => {
    const { json, weights } = writeModel({ inputs: { x: shape }, nodes: { y: ["Relu", ["x"]] } });
    expect(() => parseTfjs(json, weights, { name: "m.json", inputShapes })).toThrow(
      new FormatError(`tfjs "m.json": ${message}`),
    );
  });
});

test("parseTfjs ends with one of the library's errors on damaged files", () => {
  const { json, weights } = writeModel({
    inputs: { x: [1, 4, 5, 3] },
    constants: {
      w: { shape: [1, 1, 3, 4] },
      two: [2, 2],
      odd: [7, -1],
      huge: [1, 1, 1, 1_000_000],
    },
    nodes: {
      c: [
        "_FusedConv2D",
        ["x", "w"],
        { padding: "VALID", strides: [1, 1, 1, 1], fused_ops: ["Relu"] },
      ],
      s: ["StridedSlice", ["c", "huge", "huge", "huge"], { begin_mask: 15, end_mask: 15 }],
      r: ["Reshape", ["c", "odd"]],
      y: ["Mean", ["s", "two"], { keep_dims: true }],
    },
    outputs: { y: "y", r: "r" },
  });
  const text = JSON.stringify(json);
  const damage = fc.record({
    at: fc.nat(text.length - 1),
    by: fc.constantFrom("0", "9", "-", "[", "{", "}", "]", ",", "x", "^", ":"),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (changes) => {
      const letters = Array.from(text);
      for (const { at, by } of changes) letters[at] = by;
      let damaged: unknown;
      try {
        damaged = JSON.parse(letters.join(""));
      } catch {
        return;
      }
      try {
        parseTfjs(damaged, weights);
      } catch (error) {
        const ours = [FormatError, ShapeError, GraphError].some((kind) => error instanceof kind);
        if (!ours) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
