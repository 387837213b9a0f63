/** Which graphs the TensorFlow.js importer makes: attributes, folding, names and order. */
import { describe, expect, test } from "vitest";
import { isTfjs } from "../../src/formats/tfjs/model.ts";
import {
  findUnsupportedTfjs,
  parseTfjs,
  supportedTfjsOperators,
} from "../../src/formats/tfjs/parse.ts";
import { parse, run, steps, wave, writeModel } from "./tfjs-model.ts";
import type { ModelSpec } from "./tfjs-model.ts";

const SAME = { padding: "SAME", strides: [1, 1, 1, 1] };
const CONVOLUTION: ModelSpec = {
  inputs: { x: [1, 4, 5, 3] },
  constants: { w: { shape: [1, 1, 3, 4] } },
  nodes: { c: ["Conv2D", ["x", "w"], SAME] },
};

const IN = "transpose 1x4x5x3 -> 1x3x4x5";
const CONV = "conv2d 1x3x4x5 -> 1x4x4x5";
const OUT = "transpose 1x4x4x5 -> 1x4x5x4";

describe("parseTfjs reads", () => {
  test.each([
    ["even", 8, 2, 3, 1, [0, 0, 1, 1]],
    ["odd", 7, 2, 3, 1, [1, 1, 1, 1]],
    ["even of a large kernel", 8, 2, 5, 1, [1, 1, 2, 2]],
    ["dilated", 8, 1, 3, 2, [2, 2, 2, 2]],
    ["strided past its kernel", 9, 3, 2, 1, [0, 0, 0, 0]],
  ])("SAME of %s sizes", (_, size, stride, kernel, dilation, padding) => {
    const graph = parse({
      inputs: { x: [1, size, size, 1] },
      constants: { w: { shape: [kernel, kernel, 1, 1] } },
      nodes: {
        y: [
          "Conv2D",
          ["x", "w"],
          {
            padding: "SAME",
            strides: [1, stride, stride, 1],
            dilations: [1, dilation, dilation, 1],
          },
        ],
      },
    });
    const convolution = graph.nodes.find((node) => node.op === "conv2d");
    expect(convolution?.attributes).toMatchObject({ padding, stride: [stride, stride] });
  });

  test("a depthwise filter of multiplier 2 as a grouped weight", () => {
    const graph = parse({
      inputs: { x: [1, 4, 5, 3] },
      constants: { w: { shape: [1, 2, 3, 2], data: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] } },
      nodes: { y: ["DepthwiseConv2dNative", ["x", "w"], SAME] },
    });
    const [, { attributes, inputs }] = graph.nodes;
    expect(attributes).toMatchObject({ groups: 3 });
    expect(inputs[1]?.shape).toEqual([6, 1, 1, 2]);
    expect([...(inputs[1]?.constant?.data ?? [])]).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
  });

  test("a filter with fewer channels than its input as groups", () => {
    const graph = parse({
      inputs: { x: [1, 4, 5, 6] },
      constants: { w: { shape: [1, 1, 2, 9] } },
      nodes: { y: ["Conv2D", ["x", "w"], SAME] },
    });
    expect(graph.nodes[1].attributes).toMatchObject({ groups: 3 });
    expect(graph.nodes[1].inputs[1]?.shape).toEqual([9, 2, 1, 1]);
  });

  test("SpaceToDepth as the inverse of DepthToSpace", () => {
    const x: ModelSpec = { inputs: { x: [1, 2, 3, 8] }, nodes: {} };
    const there = { d: ["DepthToSpace", ["x"], { block_size: 2 }] } as const;
    const back = { y: ["SpaceToDepth", ["d"], { block_size: 2 }] } as const;
    const graph = parse({ ...x, nodes: { ...there, ...back } });
    expect(graph.nodes.length).toBeGreaterThan(0);
    expect(run(graph)).toEqual(wave(48));
  });

  test("BatchMatMulV2 with adj_y as MatMul with transpose_b", () => {
    const inputs = { a: [2, 3], b: [4, 3] };
    const batched = parse({ inputs, nodes: { y: ["BatchMatMulV2", ["a", "b"], { adj_y: true }] } });
    const plain = parse({ inputs, nodes: { y: ["MatMul", ["a", "b"], { transpose_b: true }] } });
    expect(run(batched)).toEqual(run(plain));
    expect(run(plain)[1]).toBeCloseTo(
      [0, 1, 2].reduce((sum, i) => sum + wave(6)[i] * wave(12)[3 + i], 0),
      5,
    );
  });

  test("Select with one condition a row, and ClipByValue", () => {
    const graph = parse({
      inputs: { x: [2, 3] },
      constants: { rows: { shape: [2], data: [1, 0], dtype: "bool" }, low: 0, high: 1 },
      nodes: {
        c: ["ClipByValue", ["x", "low", "high"]],
        y: ["Select", ["rows", "x", "c"]],
      },
    });
    const expected = wave(6).map((x, i) => (i < 3 ? x : Math.min(Math.max(x, 0), 1)));
    expect(run(graph)).toEqual(expected);
  });

  test("nodes in any order, control inputs, and nothing that no output needs", () => {
    const { json, weights } = writeModel({
      ...CONVOLUTION,
      nodes: {
        y: ["Identity", ["r", "^c"]],
        r: ["Relu", ["c:0"]],
        ...CONVOLUTION.nodes,
        dead: ["CombinedNonMaxSuppression", ["c"]],
      },
      outputs: { "the result": "y:0" },
    });
    const graph = parseTfjs(json, weights, { name: "any.json" });
    expect(steps(graph)).toEqual([IN, CONV, "unary 1x4x4x5 -> 1x4x4x5", OUT]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(["the result"]);
    expect(graph.name).toBe("any.json");
  });

  test("names and order of inputs and outputs from the signature", () => {
    const { json, weights } = writeModel({
      inputs: { p: [2], q: [2] },
      nodes: { s: ["Sub", ["p", "q"]], t: ["Add", ["p", "q"]] },
      outputs: { total: "t:0", difference: "s" },
    });
    const signature = json.signature as Record<string, unknown>;
    signature.inputs = { second: { name: "q:0" }, first: { name: "p:0" } };
    const inMetadata = { ...json, signature: undefined, userDefinedMetadata: { signature } };
    for (const model of [json, JSON.parse(JSON.stringify(inMetadata))]) {
      const graph = parseTfjs(model, weights);
      expect(graph.inputs.map(({ name }) => name)).toEqual(["second", "first"]);
      expect(graph.outputs.map(({ name }) => name)).toEqual(["total", "difference"]);
    }
  });

  test("an open batch as 1, and other open sizes from inputShapes", () => {
    const spec: ModelSpec = { inputs: { x: [-1, -1, 5, 3] }, nodes: { y: ["Relu", ["x"]] } };
    expect(parse(spec, { inputShapes: { x: [2, 7, 5, 3] } }).outputs[0].value.shape).toEqual([
      2, 7, 5, 3,
    ]);
    expect(parse({ ...spec, inputs: { x: [-1, 5] } }).inputs[0].shape).toEqual([1, 5]);
  });

  test("what is known in advance as constants", () => {
    const graph = parse({
      inputs: { x: [-1, 6, 2] },
      constants: { begin: [1], end: [2], step: [1], three: 3, rest: -1 },
      nodes: {
        s: ["Shape", ["x"]],
        n: ["StridedSlice", ["s", "begin", "end", "step"], { shrink_axis_mask: 1 }],
        d: ["FloorDiv", ["n", "three"]],
        k: ["Pack", ["d", "rest"]],
        y: ["Reshape", ["x", "k"]],
      },
    });
    expect(steps(graph)).toEqual(["reshape 1x6x2 -> 2x6"]);
  });

  test("a chain of 20000 nodes", () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [
        `n${i}`,
        ["Relu", [i ? `n${i - 1}` : "x"]] as const,
      ]),
    );
    const graph = parse({ inputs: { x: [1] }, nodes: { ...nodes } });
    expect(graph.nodes).toHaveLength(20_000);
  });
});

describe("a TensorFlow.js file", () => {
  test("is told from other JSON", () => {
    expect(isTfjs(writeModel(CONVOLUTION).json)).toBe(true);
    for (const other of [null, [], "x", {}, { modelTopology: {} }, { weightsManifest: [] }]) {
      expect(isTfjs(other)).toBe(false);
    }
  });

  test("has its unsupported operators counted, the dead ones left out", () => {
    const { json } = writeModel({
      inputs: { x: [1] },
      nodes: {
        a: ["Foo", ["x"]],
        b: ["Bar", ["a"]],
        c: ["Foo", ["b"]],
        dead: ["Baz", ["x"]],
        y: ["Relu", ["c"]],
      },
      outputs: { y: "y" },
    });
    expect(findUnsupportedTfjs(json)).toEqual([
      { op: "Foo", count: 2 },
      { op: "Bar", count: 1 },
    ]);
  });

  test("may use the operators that are listed, each once and in order", () => {
    expect(supportedTfjsOperators).toContain("FusedDepthwiseConv2dNative");
    expect([...new Set(supportedTfjsOperators)].sort()).toEqual(supportedTfjsOperators);
  });
});
