import { expect, test } from "vitest";
import { longs, ones } from "./onnx-encode.ts";
import type { NodeOptions } from "./onnx-encode.ts";
import { failureOf } from "./onnx-node.ts";

const image = [1, 2, 9, 9];
const initializers = [ones("w", [4, 2, 3, 3])];
const kernel_shape = [3, 3];

const rows: [string, number[], NodeOptions, string][] = [
  [
    "Conv",
    [1, 2],
    { initializers: [ones("w", [4, 2, 3])] },
    "x has rank 2 and weight 3, expected equal ones of 3 to 5",
  ],
  [
    "Conv",
    image,
    { initializers, attributes: { kernel_shape: [5, 5] } },
    "kernel_shape is 5x5, but weight has shape 4x2x3x3",
  ],
  [
    "Conv",
    image,
    { initializers, attributes: { auto_pad: "SAME" } },
    'auto_pad "SAME" is not supported, expected NOTSET, VALID, SAME_UPPER, SAME_LOWER',
  ],
  [
    "Conv",
    image,
    { initializers, attributes: { strides: [2] } },
    "strides has 1 numbers, expected 2",
  ],
  ["Conv", image, { initializers, attributes: { pads: [1, 1] } }, "pads has 2 numbers, expected 4"],
  [
    "Conv",
    image,
    { initializers, attributes: { group: { f: 1 } } },
    'attribute "group" has type 1, expected 2',
  ],
  ["Conv", image, {}, "input 1 is missing"],
  ["Gemm", [2], { initializers: [ones("b", [2])] }, "inputs have ranks 1 and 1, expected 2 and 2"],
  ["MaxPool", image, {}, 'attribute "kernel_shape" is missing'],
  ["MaxPool", [1, 2], { attributes: { kernel_shape } }, "x has rank 2, expected [N, C, ...]"],
  [
    "AveragePool",
    [1, 2, 9, 9, 9],
    { attributes: { kernel_shape } },
    "kernel_shape has 2 numbers, expected 3",
  ],
  ["LpPool", image, { attributes: { kernel_shape, p: 0 } }, "p is 0, expected at least 1"],
  [
    "MaxUnpool",
    image,
    { initializers: [longs("i", [0])], attributes: { kernel_shape } },
    "indices have shape 1, expected 1x2x9x9",
  ],
  [
    "MaxUnpool",
    [1, 1, 1],
    {
      initializers: [{ ...longs("i", [0]), dims: [1, 1, 1] }, longs("s", [1, 1, 2])],
      attributes: { kernel_shape: [3] },
    },
    "output_shape is 1x1x2, expected at least 1x1x3",
  ],
  [
    "GroupNormalization",
    image,
    { initializers: [ones("s", [3]), ones("b", [3])], attributes: { num_groups: 3 } },
    "3 groups do not divide 2 channels",
  ],
  [
    "InstanceNormalization",
    image,
    { initializers: [ones("s", [2]), ones("b", [3])] },
    "scale and bias have shape 3, expected 2",
  ],
  [
    "InstanceNormalization",
    [2],
    { initializers: [ones("s", [2]), ones("b", [2])] },
    "x has rank 1, expected [N, C, ...]",
  ],
  ["LRN", image, { attributes: { size: 0 } }, "size is 0, expected at least 1"],
  ["LpNormalization", image, { attributes: { p: 3 } }, "p is 3, expected 1 or 2"],
  ["BatchNormalization", image, { attributes: { spatial: 0 } }, "spatial 0 is not supported"],
  [
    "Dropout",
    image,
    { initializers: [ones("ratio", []), { name: "t", dims: [], type: 9, ints: [1] }] },
    "training_mode is not supported: which elements are dropped is random",
  ],
  ["Reshape", [2, 3], { initializers: [longs("s", [-1, 4])] }, "x of shape 2x3 has no shape -1, 4"],
  [
    "Reshape",
    [2, 3],
    { initializers: [longs("s", [-1, -1])] },
    "x of shape 2x3 has no shape -1, -1",
  ],
  ["Split", [7], { outputs: ["a", "b"] }, "an axis of size 7 does not split into 2 parts"],
  [
    "Split",
    [7],
    { outputs: ["a", "b"], initializers: [longs("s", [3, 3])] },
    "split sizes 3, 3 do not add up to the axis of size 7",
  ],
  [
    "Split",
    [7],
    { outputs: ["a"], opset: 18, attributes: { num_outputs: 2 ** 40 } },
    "num_outputs is 1099511627776, but the node has 1 outputs",
  ],
  [
    "Slice",
    [7],
    { initializers: [longs("s", [0]), longs("e", [3, 4])] },
    "starts, ends, axes, steps have 1, 2, 1, 1 numbers, expected as many",
  ],
  [
    "Slice",
    [7],
    { initializers: [longs("s", [0]), longs("e", [3]), null, longs("t", [0])] },
    "step 0 is not valid",
  ],
  ["Squeeze", [2, 1], { initializers: [longs("a", [0])] }, "axis 0 has size 2, expected 1"],
  ["Unsqueeze", [2], { initializers: [longs("a", [0, 0])] }, "axes 0, 0 repeat"],
  [
    "DepthToSpace",
    [1, 6, 2, 2],
    { attributes: { blocksize: 2 } },
    "x of shape 1x6x2x2 does not divide into blocks of 2x2",
  ],
  ["Cast", [2], { attributes: { to: 17 } }, "element type float8e4m3fn is not supported"],
  [
    "Constant",
    [2],
    { attributes: { value_string: "text" } },
    "strings and sparse tensors are not supported",
  ],
];

test.each(rows)("parseOnnx rejects %s of %j, row %#", (op, shape, options, expected) => {
  expect(failureOf(op, shape, options)).toBe(
    `FormatError: onnx "m.onnx": node 0 "${op}" (n): ${expected}`,
  );
});

test("parseOnnx rejects shapes that do not fit in the words of the graph", () => {
  expect(failureOf("Conv", [1, 3, 9, 9], { initializers })).toBe(
    'ShapeError: conv2d "n": weight has 2 channels per group, but x has 3 channels in 1 groups, ' +
      "so 3 was expected",
  );
  expect(failureOf("Softmax", [2], { attributes: { axis: 4 } })).toBe(
    'ShapeError: onnx "m.onnx": node 0 "Softmax" (n): axis 4 is outside of rank 1, expected -1..0',
  );
});
