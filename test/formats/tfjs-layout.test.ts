/** Where the TensorFlow.js importer turns axes, and where it does not have to. */
import { describe, expect, test } from "vitest";
import type { Graph } from "../../src/graph/graph.ts";
import { parse, run, steps } from "./tfjs-model.ts";
import type { ModelSpec } from "./tfjs-model.ts";

const SAME = { padding: "SAME", strides: [1, 1, 1, 1] };
const CONVOLUTION: ModelSpec = {
  inputs: { x: [1, 4, 5, 3] },
  constants: { w: { shape: [1, 1, 3, 4] } },
  nodes: { c: ["Conv2D", ["x", "w"], SAME] },
};

function afterConvolution(nodes: ModelSpec["nodes"], constants?: ModelSpec["constants"]): Graph {
  return parse({
    ...CONVOLUTION,
    constants: { ...CONVOLUTION.constants, ...constants },
    nodes: { ...CONVOLUTION.nodes, ...nodes },
  });
}

const IN = "transpose 1x4x5x3 -> 1x3x4x5";
const CONV = "conv2d 1x3x4x5 -> 1x4x4x5";
const OUT = "transpose 1x4x4x5 -> 1x4x5x4";

describe("parseTfjs lays out", () => {
  test("a convolution between two transposes, with TensorFlow's shapes outside", () => {
    const graph = parse(CONVOLUTION);
    expect(steps(graph)).toEqual([IN, CONV, OUT]);
    expect(graph.inputs.map(({ name, shape }) => [name, shape])).toEqual([["x", [1, 4, 5, 3]]]);
    expect(graph.outputs.map(({ name, value }) => [name, value.shape])).toEqual([
      ["c", [1, 4, 5, 4]],
    ]);
  });

  test("element-wise operators, pools and channel concat without a transpose", () => {
    const graph = afterConvolution(
      {
        r: ["Relu", ["c"]],
        a: ["AddV2", ["r", "k"]],
        p: ["MaxPool", ["a"], { padding: "SAME", ksize: [1, 2, 2, 1], strides: [1, 1, 1, 1] }],
        y: ["ConcatV2", ["p", "c", "axis"]],
      },
      { k: { shape: [4] }, axis: 3 },
    );
    expect(steps(graph)).toEqual([
      IN,
      CONV,
      "unary 1x4x4x5 -> 1x4x4x5",
      "binary 1x4x4x5 -> 1x4x4x5",
      "maxPool2d 1x4x4x5 -> 1x4x4x5",
      "concat 1x4x4x5 -> 1x8x4x5",
      "transpose 1x8x4x5 -> 1x4x5x8",
    ]);
    expect(graph.nodes[3].inputs[1]?.shape).toEqual([1, 4, 1, 1]);
  });

  test("two readers of one transposed value once", () => {
    const graph = afterConvolution(
      { a: ["Reshape", ["c", "k"]], b: ["ExpandDims", ["c", "axis"]] },
      { k: [20, 4], axis: 0 },
    );
    expect(steps(graph)).toEqual([
      IN,
      CONV,
      OUT,
      "reshape 1x4x5x4 -> 20x4",
      "reshape 1x4x5x4 -> 1x1x4x5x4",
    ]);
  });

  test("the mean over pixels as a global average pool, and what follows as reshapes", () => {
    const graph = afterConvolution(
      {
        m: ["Mean", ["c", "axes"]],
        e: ["Reshape", ["m", "k"]],
        y: ["Conv2D", ["e", "v"], SAME],
        f: ["Reshape", ["y", "flat"]],
      },
      { axes: [1, 2], k: [-1, 1, 1, 4], v: { shape: [1, 1, 4, 2] }, flat: [1, -1] },
    );
    expect(steps(graph)).toEqual([
      IN,
      CONV,
      "globalAveragePool 1x4x4x5 -> 1x4x1x1",
      "conv2d 1x4x1x1 -> 1x2x1x1",
      "reshape 1x2x1x1 -> 1x2",
    ]);
  });

  test("the normalisation of an input behind the transpose of the input", () => {
    const graph = parse({
      ...CONVOLUTION,
      constants: { ...CONVOLUTION.constants, k: { shape: [3] } },
      nodes: { s: ["Sub", ["x", "k"]], c: ["Conv2D", ["s", "w"], SAME] },
    });
    expect(steps(graph)).toEqual([IN, "binary 1x3x4x5 -> 1x3x4x5", CONV, OUT]);
  });

  test("a transpose to NCHW by dropping its own", () => {
    const graph = afterConvolution({ y: ["Transpose", ["c", "k"]] }, { k: [0, 3, 1, 2] });
    expect(steps(graph)).toEqual([IN, CONV]);
  });

  test("data_format NCHW without a transpose, with the same numbers", () => {
    const attributes = {
      padding: "EXPLICIT",
      explicit_paddings: [0, 0, 0, 0, 1, 2, 0, 1],
      strides: [1, 1, 2, 1],
      data_format: "NCHW",
      fused_ops: ["BiasAdd"],
    };
    const constants = { w: { shape: [3, 2, 3, 4] }, b: { shape: [4] } };
    const nchw = parse({
      inputs: { x: [1, 3, 6, 5] },
      constants,
      nodes: { y: ["_FusedConv2D", ["x", "w", "b"], attributes] },
    });
    expect(steps(nchw)).toEqual(["conv2d 1x3x6x5 -> 1x4x4x5"]);
    const nhwc = {
      ...attributes,
      data_format: "NHWC",
      explicit_paddings: [0, 0, 1, 2, 0, 1, 0, 0],
      strides: [1, 2, 1, 1],
    };
    const turned = parse({
      inputs: { x: [1, 3, 6, 5] },
      constants: { ...constants, there: [0, 2, 3, 1], back: [0, 3, 1, 2] },
      nodes: {
        t: ["Transpose", ["x", "there"]],
        c: ["_FusedConv2D", ["t", "w", "b"], nhwc],
        y: ["Transpose", ["c", "back"]],
      },
    });
    expect(steps(turned)).toEqual(steps(nchw));
    expect(run(turned)).toEqual(run(nchw));
  });
});
