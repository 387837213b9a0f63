import { test, expect } from "vitest";
import { longs, ones } from "./onnx-encode.ts";
import { importOf } from "./onnx-node.ts";
import type { ImportRow } from "./onnx-node.ts";

const w33 = [ones("w", [1, 1, 3, 3])];
const [kernel_shape, strides, pads] = [
  [3, 3],
  [2, 2],
  [1, 2, 3, 4],
];
const statistics = ["s", "b", "m", "v"].map((name) => ones(name, [2]));
const conv = (padding: string, stride = "1,1", dilation = "1,1", groups = 1) =>
  `conv2d stride=${stride} padding=${padding} dilation=${dilation} groups=${groups}`;
const pool = (op: string, padding: string, rest: string) =>
  `${op} kernel=3,3 stride=2,2 ${padding} ${rest}`;

const rows: ImportRow[] = [
  ["by default", "Conv", [1, 1, 5, 7], { initializers: w33 }, `${conv("0,0,0,0")} -> 1x1x3x5`],
  [
    "with asymmetric pads",
    "Conv",
    [1, 1, 5, 7],
    { initializers: w33, attributes: { pads } },
    `${conv("1,2,3,4")} -> 1x1x7x11`,
  ],
  [
    "with groups, dilations and bias",
    "Conv",
    [1, 4, 9, 9],
    {
      initializers: [ones("w", [6, 2, 3, 3]), ones("b", [6])],
      attributes: { group: 2, dilations: [1, 2], kernel_shape },
    },
    `${conv("0,0,0,0", "1,1", "1,2", 2)} -> 1x6x7x5`,
  ],
  [
    "SAME_UPPER with the odd pixel after",
    "Conv",
    [1, 1, 6, 7],
    { initializers: w33, attributes: { auto_pad: "SAME_UPPER", strides } },
    `${conv("0,1,1,1", "2,2")} -> 1x1x3x4`,
  ],
  [
    "SAME_LOWER with the odd pixel before",
    "Conv",
    [1, 1, 6, 7],
    { initializers: w33, attributes: { auto_pad: "SAME_LOWER", strides } },
    `${conv("1,1,0,1", "2,2")} -> 1x1x3x4`,
  ],
  [
    "SAME_UPPER with dilations",
    "Conv",
    [1, 1, 6, 7],
    { initializers: w33, attributes: { auto_pad: "SAME_UPPER", dilations: [2, 3] } },
    `${conv("2,3,2,3", "1,1", "2,3")} -> 1x1x6x7`,
  ],
  [
    "VALID whatever pads say",
    "Conv",
    [1, 1, 6, 7],
    { initializers: w33, attributes: { auto_pad: "VALID", pads } },
    `${conv("0,0,0,0")} -> 1x1x4x5`,
  ],
  [
    "with constant weights as linear",
    "Gemm",
    [2, 3],
    { initializers: [ones("w", [4, 3]), ones("b", [4])], attributes: { transB: 1 } },
    "linear -> 2x4",
  ],
  [
    "with an addend of every element",
    "Gemm",
    [2, 3],
    { initializers: [ones("w", [3, 4]), ones("c", [2, 4])] },
    "linear; binary kind=add -> 2x4",
  ],
  [
    "with a scalar bias",
    "Gemm",
    [2, 3],
    { initializers: [ones("w", [3, 4]), ones("c", [])] },
    "linear -> 2x4",
  ],
  [
    "of a transposed x",
    "Gemm",
    [3, 2],
    { initializers: [ones("w", [3, 4])], attributes: { transA: 1 } },
    "transpose perm=1,0; linear -> 2x4",
  ],
  ["as linear", "MatMul", [2, 3], { initializers: [ones("w", [3, 4])] }, "linear -> 2x4"],
  [
    "of several matrices",
    "MatMul",
    [5, 2, 3],
    { initializers: [ones("w", [3, 4])] },
    "matmul -> 5x2x4",
  ],
  [
    "of a vector and a matrix",
    "MatMul",
    [3],
    { initializers: [ones("w", [3, 4])] },
    "reshape shape=1,3; matmul; reshape shape=4 -> 4",
  ],
  [
    "of matrices and a vector",
    "MatMul",
    [5, 2, 3],
    { initializers: [ones("w", [3])] },
    "matmul; reshape shape=5,2 -> 5x2",
  ],
  [
    "with epsilon",
    "BatchNormalization",
    [1, 2, 3, 3],
    { initializers: statistics, attributes: { epsilon: { f: 0.25 } } },
    "batchNorm epsilon=0.25 -> 1x2x3x3",
  ],
  [
    "in ceil mode",
    "MaxPool",
    [1, 2, 6, 6],
    { attributes: { kernel_shape, strides, ceil_mode: 1 } },
    `${pool("maxPool2d", "dilation=1,1 padding=0,0,0,0", "ceilMode=true")} -> 1x2x3x3`,
  ],
  [
    "of a row as an image of one row",
    "MaxPool",
    [1, 2, 7],
    { attributes: { kernel_shape: [3], strides: [2] } },
    "reshape shape=1,2,1,7; maxPool2d kernel=1,3 stride=1,2 dilation=1,1 padding=0,0,0,0 " +
      "ceilMode=false; reshape shape=1,2,3 -> 1x2x3",
  ],
  [
    "of a volume as two pools",
    "AveragePool",
    [1, 2, 4, 6, 8],
    { attributes: { kernel_shape: [2, 3, 4], strides: [2, 3, 4] } },
    "reshape shape=1,8,6,8; averagePool2d kernel=3,4 stride=3,4 dilation=1,1 padding=0,0,0,0 " +
      "ceilMode=false countIncludePad=false; reshape shape=1,2,4,4; averagePool2d kernel=2,1 " +
      "stride=2,1 dilation=1,1 padding=0,0,0,0 ceilMode=false countIncludePad=false; " +
      "reshape shape=1,2,2,2,2 -> 1x2x2x2x2",
  ],
  [
    "SAME_UPPER without ceil mode",
    "MaxPool",
    [1, 2, 6, 6],
    { attributes: { kernel_shape, strides, ceil_mode: 1, auto_pad: "SAME_UPPER" } },
    `${pool("maxPool2d", "dilation=1,1 padding=0,0,1,1", "ceilMode=false")} -> 1x2x3x3`,
  ],
  [
    "with the padding counted",
    "AveragePool",
    [1, 2, 6, 6],
    { attributes: { kernel_shape, strides, pads: [1, 1, 1, 1], count_include_pad: 1 } },
    `${pool("averagePool2d", "dilation=1,1 padding=1,1,1,1", "ceilMode=false countIncludePad=true")} -> 1x2x3x3`,
  ],
  ["of an image", "GlobalAveragePool", [1, 2, 3, 4], {}, "globalAveragePool -> 1x2x1x1"],
  [
    "of a volume",
    "GlobalAveragePool",
    [1, 2, 3, 4, 5],
    {},
    "reduce kind=mean axes=2,3,4 keepDims=true -> 1x2x1x1x1",
  ],
  [
    "of an image",
    "GlobalMaxPool",
    [1, 2, 3, 4],
    {},
    "reduce kind=max axes=2,3 keepDims=true -> 1x2x1x1",
  ],
  [
    "over H and W as a pool",
    "ReduceMean",
    [1, 2, 3, 4],
    { attributes: { axes: [-1, 2], keepdims: 0 } },
    "globalAveragePool; reshape shape=1,2 -> 1x2",
  ],
  [
    "over axes of an input",
    "ReduceMax",
    [2, 3, 4],
    { opset: 18, initializers: [longs("axes", [-1])] },
    "reduce kind=max axes=2 keepDims=true -> 2x3x1",
  ],
  [
    "over everything",
    "ReduceSum",
    [2, 3],
    { attributes: { keepdims: 0 } },
    "reduce kind=sum axes=0,1 keepDims=false -> scalar",
  ],
  [
    "over nothing when told so",
    "ReduceProd",
    [2, 3],
    { attributes: { noop_with_empty_axes: 1 } },
    " -> 2x3",
  ],
  ["of one axis", "Softmax", [2, 3, 4], { attributes: { axis: 1 } }, "softmax axis=1 -> 2x3x4"],
  [
    "of all axes from one on, before operator set 13",
    "Softmax",
    [2, 3, 4],
    { opset: 12 },
    "reshape shape=2,12; softmax axis=1; reshape shape=2,3,4 -> 2x3x4",
  ],
  [
    "of one axis before operator set 13 where the others are 1",
    "Softmax",
    [2, 3, 1, 1],
    { opset: 11 },
    "softmax axis=1 -> 2x3x1x1",
  ],
];

test.each(rows)("parseOnnx reads %s: %s of %j", (_, op, shape, options, expected) => {
  expect(importOf(op, shape, options)).toBe(expected);
});
