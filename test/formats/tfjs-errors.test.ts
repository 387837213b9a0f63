/** What the TensorFlow.js importer says of nodes that it cannot read, word for word. */
import { describe, expect, test } from "vitest";
import { parseTfjs } from "../../src/formats/tfjs/parse.ts";
import { FormatError, ShapeError } from "../../src/graph/errors.ts";
import { writeModel } from "./tfjs-model.ts";
import type { ModelSpec, NodeSpec } from "./tfjs-model.ts";

const IMAGE: ModelSpec = {
  inputs: { x: [1, 4, 5, 3] },
  constants: {
    w: { shape: [1, 1, 3, 4] },
    flat: { shape: [3, 4] },
    half: { shape: [], data: [0.5] },
    nine: 9,
    two: [2, 2],
    huge: [1, 1, 1, 1_000_000],
    odd: [7, -1],
  },
  nodes: {},
};
const WINDOW = { padding: "VALID", strides: [1, 1, 1, 1] };

describe("parseTfjs rejects", () => {
  test.each<[string, NodeSpec, string]>([
    [
      "an unknown operator",
      ["CombinedNonMaxSuppression", ["x"]],
      "is not supported; supported operators are listed in docs/operators.md",
    ],
    [
      "an operator named after a method of objects",
      ["constructor", ["x"]],
      "is not supported; supported operators are listed in docs/operators.md",
    ],
    ["an input that is not there", ["Relu", ["z"]], 'reads "z", which is not in the file'],
    ["an input of objects", ["Relu", ["__proto__"]], 'reads "__proto__", which is not in the file'],
    ["an output that is not there", ["Relu", ["x:2"]], 'reads output 2 of "x", which has 1'],
    ["a cycle", ["Add", ["x", "y"]], "is part of a cycle"],
    ["too few inputs", ["Add", ["x"]], "has 1 inputs, expected at least 2"],
    ["no padding", ["Conv2D", ["x", "w"], { strides: [1, 1, 1, 1] }], 'has no attribute "padding"'],
    [
      "padding that is not text",
      ["Conv2D", ["x", "w"], { ...WINDOW, padding: { s: 3 } }],
      'has "padding" that is not text',
    ],
    [
      "padding of another kind",
      ["Conv2D", ["x", "w"], { ...WINDOW, padding: "FULL" }],
      'has padding "FULL", expected SAME, VALID or EXPLICIT',
    ],
    [
      "explicit padding of channels",
      [
        "Conv2D",
        ["x", "w"],
        { ...WINDOW, padding: "EXPLICIT", explicit_paddings: [0, 0, 1, 1, 1, 1, 0, 1] },
      ],
      "has explicit_paddings 0,0,1,1,1,1,0,1, expected 8 numbers, 0 for batch and channels",
    ],
    [
      "strides over channels",
      ["Conv2D", ["x", "w"], { ...WINDOW, strides: [1, 1, 1, 2] }],
      "has strides 1,1,1,2, expected 4 numbers, 1 for batch and channels",
    ],
    [
      "strides that are no integers",
      ["Conv2D", ["x", "w"], { ...WINDOW, strides: { list: { i: ["a"] } } }],
      'has "strides" that is not a list of integers',
    ],
    [
      "another data format",
      ["Conv2D", ["x", "w"], { ...WINDOW, data_format: "NCDHW" }],
      'has data_format "NCDHW", expected NHWC or NCHW',
    ],
    [
      "a filter of another rank",
      ["Conv2D", ["x", "flat"], WINDOW],
      "has input 1 of shape 3x4, expected rank 4",
    ],
    [
      "an unknown fused operation",
      ["_FusedConv2D", ["x", "w"], { ...WINDOW, fused_ops: ["Swish"] }],
      'fuses "Swish", which is not supported',
    ],
    [
      "a fused bias that is not there",
      ["_FusedConv2D", ["x", "w"], { ...WINDOW, fused_ops: ["BiasAdd"] }],
      "has 2 inputs, expected at least 3",
    ],
    [
      "a transposed convolution to a size that leads elsewhere",
      ["Conv2DBackpropInput", ["two", "w", "x"], { ...WINDOW, strides: [1, 3, 3, 1] }],
      "makes 2x2, but its input is 4x5",
    ],
    [
      "a transposed convolution to a number of sizes",
      ["Conv2DBackpropInput", ["nine", "w", "x"], WINDOW],
      "has 1 sizes, expected 4 or 2",
    ],
    ["a shape that is not constant", ["Reshape", ["x", "x"]], "needs a constant as input 1"],
    ["an axis that is no integer", ["ExpandDims", ["x", "half"]], "needs integers as input 1"],
    [
      "an axis that is many",
      ["ExpandDims", ["x", "two"]],
      "has input 1 of shape 2, expected one number",
    ],
    ["an axis outside of the rank", ["ExpandDims", ["x", "nine"]], "has axis 9, expected -5..4"],
    ["a shape of another size", ["Reshape", ["x", "two"]], "cannot bring 1x4x5x3 to shape 2x2"],
    ["a shape that leaves a rest", ["Reshape", ["x", "odd"]], "cannot bring 1x4x5x3 to shape 7x-1"],
    ["an absurd tile", ["Tile", ["x", "huge"]], "makes 1000000 parts, expected 1..1024"],
    [
      "an absurd split",
      ["Split", ["axis", "x"], { num_split: 5000 }],
      "makes 5000 parts, expected 1..1024",
    ],
    [
      "an uneven split",
      ["Split", ["axis", "x"], { num_split: 2 }],
      "splits 3 elements into 2 equal parts",
    ],
    [
      "batch norm in training",
      ["FusedBatchNormV3", ["x"], { is_training: true }],
      "is in training mode, expected inference",
    ],
    [
      "a mirror of another kind",
      ["MirrorPad", ["x", "pads"], { mode: "SYMMETRIC" }],
      'has mode "SYMMETRIC", expected REFLECT',
    ],
    [
      "text elements",
      ["Cast", ["x"], { DstT: "DT_STRING" }],
      "has elements of type DT_STRING, expected numbers or booleans",
    ],
    [
      "a permutation that is none",
      ["Transpose", ["x", "two"]],
      "has permutation 2,2, expected the axes of rank 4",
    ],
    [
      "batched gathers",
      ["GatherV2", ["x", "two", "axis"], { batch_dims: 1 }],
      "has batch_dims, expected 0",
    ],
    [
      "blocks that do not divide",
      ["DepthToSpace", ["x"], { block_size: 2 }],
      "has block_size 2, which does not divide 3 channels, 4x5",
    ],
    [
      "squeezing a long axis",
      ["Squeeze", ["x"], { squeeze_dims: [2] }],
      "drops axis 2 of 1x4x5x3, expected 1",
    ],
    ["joining unequal ranks", ["ConcatV2", ["x", "flat", "axis"]], "joins ranks 4 and 2"],
    [
      "a strided slice of more axes than there are",
      ["StridedSlice", ["flat", "pads3", "pads3", "ones3"]],
      "has 3 items between its brackets that do not fit 3x4",
    ],
    [
      "an endless range",
      ["Range", ["half", "nine", "zero"]],
      "makes Infinity elements, expected at most 1048576",
    ],
  ])("%s", (_, node, message) => {
    const { json, weights } = writeModel({
      ...IMAGE,
      constants: {
        ...IMAGE.constants,
        axis: 3,
        zero: 0,
        pads: { shape: [4, 2], data: [0, 0, 0, 0, 0, 0, 0, 0], dtype: "int32" },
        pads3: [0, 0, 0],
        ones3: [1, 1, 1],
      },
      nodes: { y: node },
      outputs: { y: "y" },
    });
    // 12 constants and one input stand before it.
    expect(() => parseTfjs(json, weights, { name: "m.json" })).toThrow(
      new FormatError(`tfjs "m.json": node 13 "${node[0]}" (y) ${message}`),
    );
  });

  test("shapes that do not fit, in the words of the operator", () => {
    const { json, weights } = writeModel({
      inputs: { x: [1, 4, 5, 3] },
      constants: { w: { shape: [1, 1, 2, 4] } },
      nodes: { "tower/conv": ["Conv2D", ["x", "w"], WINDOW] },
    });
    expect(() => parseTfjs(json, weights)).toThrow(
      new ShapeError(
        'conv2d "tower/conv": weight has 2 channels per group, but x has 3 channels in 1 groups, ' +
          "so 3 was expected",
      ),
    );
  });
});
