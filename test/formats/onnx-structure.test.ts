import { expect, test } from "vitest";
import { floats, longs } from "./onnx-encode.ts";
import { importOf } from "./onnx-node.ts";
import type { ImportRow } from "./onnx-node.ts";

const slice = (axes: string, starts: string, sizes: string, steps: string) =>
  `slice axes=${axes} starts=${starts} sizes=${sizes} steps=${steps}`;
const pad = (before: string, after: string, mode = "constant", value = 0) =>
  `pad before=${before} after=${after} mode=${mode} value=${value}`;
const [most, least] = [2n ** 63n - 1n, -(2n ** 63n)];

const rows: ImportRow[] = [
  [
    "in equal parts",
    "Split",
    [1, 6],
    { opset: 11, outputs: ["a", "b"], attributes: { axis: 1 } },
    `${slice("1", "0", "3", "1")}; ${slice("1", "3", "3", "1")} -> 1x3, 1x3`,
  ],
  [
    "by an input",
    "Split",
    [6, 1],
    { outputs: ["a", "b"], initializers: [longs("split", [2, 4])] },
    `${slice("0", "0", "2", "1")}; ${slice("0", "2", "4", "1")} -> 2x1, 4x1`,
  ],
  [
    "with a smaller last part",
    "Split",
    [5],
    { opset: 18, outputs: ["a", "b"], attributes: { num_outputs: 2 } },
    `${slice("0", "0", "3", "1")}; ${slice("0", "3", "2", "1")} -> 3, 2`,
  ],
  [
    "by attributes",
    "Slice",
    [4, 5],
    { opset: 9, attributes: { starts: [-3], ends: [2 ** 62], axes: [1] } },
    `${slice("1", "2", "3", "1")} -> 4x3`,
  ],
  [
    "backwards to the beginning",
    "Slice",
    [4, 5],
    {
      initializers: [longs("s", [-1]), longs("e", [least]), longs("a", [0]), longs("t", [-2])],
    },
    `${slice("0", "3", "2", "-2")} -> 2x5`,
  ],
  [
    "of everything",
    "Slice",
    [4, 5],
    { initializers: [longs("s", [0, 0]), longs("e", [most, 5])] },
    " -> 4x5",
  ],
  [
    "of nothing",
    "Slice",
    [4, 5],
    { initializers: [longs("s", [3]), longs("e", [2])] },
    `${slice("0", "3", "0", "1")} -> 0x5`,
  ],
  [
    "by attributes",
    "Pad",
    [2, 3],
    { opset: 10, attributes: { pads: [0, 1, 2, 3], value: { f: 7 } } },
    `${pad("0,1", "2,3", "constant", 7)} -> 4x7`,
  ],
  [
    "of some axes",
    "Pad",
    [2, 3],
    {
      opset: 18,
      initializers: [longs("p", [1, 1]), null, longs("axes", [-1])],
      attributes: { mode: "reflect" },
    },
    `${pad("0,1", "0,1", "reflect")} -> 2x5`,
  ],
  [
    "by a negative amount",
    "Pad",
    [4, 3],
    { initializers: [longs("p", [-1, 0, 2, -2])] },
    `${slice("0,1", "1,0", "3,1", "1,1")}; ${pad("0,0", "2,0")} -> 5x1`,
  ],
  [
    "with 0 and -1",
    "Reshape",
    [2, 3, 4],
    { initializers: [longs("s", [0, -1])] },
    "reshape shape=2,12 -> 2x12",
  ],
  ["to the same shape", "Reshape", [2, 3], { initializers: [longs("s", [2, -1])] }, " -> 2x3"],
  ["from axis 0", "Flatten", [2, 3], { attributes: { axis: 0 } }, "reshape shape=1,6 -> 1x6"],
  ["without axes", "Squeeze", [1, 3, 1], {}, "reshape shape=3 -> 3"],
  [
    "by attributes",
    "Squeeze",
    [1, 3, 1],
    { opset: 11, attributes: { axes: [-1] } },
    "reshape shape=1,3 -> 1x3",
  ],
  [
    "of axes of the result",
    "Unsqueeze",
    [3],
    { initializers: [longs("a", [-1, 0])] },
    "reshape shape=1,3,1 -> 1x3x1",
  ],
  ["in reverse by default", "Transpose", [2, 3, 4], {}, "transpose perm=2,1,0 -> 4x3x2"],
  ["that moves nothing", "Transpose", [2, 3], { attributes: { perm: [0, 1] } }, " -> 2x3"],
  [
    "in both directions",
    "Expand",
    [3, 1],
    { initializers: [longs("s", [2, 1, 4])] },
    "expand shape=2,3,4 -> 2x3x4",
  ],
  [
    "of one element as slice",
    "Gather",
    [2, 5],
    { initializers: [{ name: "i", dims: [], type: 7, longs: [-1] }], attributes: { axis: 1 } },
    `${slice("1", "4", "1", "1")}; reshape shape=2 -> 2`,
  ],
  [
    "of several elements",
    "Gather",
    [2, 5],
    { initializers: [longs("i", [4, 0])], attributes: { axis: -1 } },
    "gather axis=1 -> 2x2",
  ],
  [
    "of the smallest",
    "TopK",
    [2, 5],
    { outputs: ["v", "i"], initializers: [longs("k", [3])], attributes: { largest: 0 } },
    "topK k=3 axis=1 largest=false -> 2x3, 2x3",
  ],
  [
    "without the axis",
    "ArgMax",
    [2, 5],
    { attributes: { axis: 1, keepdims: 0 } },
    "topK k=1 axis=1 largest=true; reshape shape=2 -> 2",
  ],
  [
    "with empty values left out",
    "Concat",
    [2, 5],
    { initializers: [floats("none", [0], [])], attributes: { axis: 1 } },
    " -> 2x5",
  ],
  ["with its mask", "Dropout", [2], { outputs: ["y", "mask"] }, " -> 2, 2"],
  ["as constant", "Size", [2, 5], {}, " -> scalar"],
];

test.each(rows)("parseOnnx reads %s: %s of %j", (_, op, shape, options, expected) => {
  expect(importOf(op, shape, options)).toBe(expected);
});
