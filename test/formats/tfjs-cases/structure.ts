/** Cases of operators that move elements, and of those that find or follow positions. */
import { SAME, onImage } from "./case.ts";
import type { TfjsCase } from "./case.ts";

export const STRUCTURE: readonly TfjsCase[] = [
  onImage("Reshape", ["Reshape", ["c", "k"]], { k: [-1, 8] }),
  onImage("ExpandDims", ["ExpandDims", ["c", "k"]], { k: -1 }),
  onImage(
    "Squeeze",
    {
      p: ["Mean", ["c", "k"], { keep_dims: true }],
      y: ["Squeeze", ["p"], { squeeze_dims: [1, 2] }],
    },
    {
      k: [1, 2],
    },
  ),
  ...[
    [0, 3, 1, 2],
    [0, 2, 1, 3],
    [3, 0, 2, 1],
  ].map((perm) =>
    onImage(`Transpose to ${perm.join(",")}`, ["Transpose", ["c", "k"]], { k: perm }),
  ),
  onImage(
    "Transpose there and back",
    {
      t: ["Transpose", ["c", "k"]],
      r: ["Relu", ["t"]],
      u: ["Transpose", ["r", "l"]],
      y: ["Conv2D", ["u", "w"], SAME],
    },
    { k: [0, 3, 1, 2], l: [0, 2, 3, 1], w: { shape: [2, 2, 4, 2] } },
  ),
  ...[3, -1, 1].map((axis) =>
    onImage(`ConcatV2 on axis ${axis}`, ["ConcatV2", ["c", "k", "c", "a"], { N: 3 }], {
      k: { shape: [1, 4, 5, 4] },
      a: axis,
    }),
  ),
  onImage("Pack", ["Pack", ["c", "c"], { axis: 2 }]),
  onImage("Unpack over channels", {
    u: ["Unpack", ["c"], { axis: 3, num: 4 }],
    y: ["Sub", ["u:2", "u"]],
  }),
  onImage("Unpack over height", {
    u: ["Unpack", ["c"], { axis: 1, num: 4 }],
    y: ["Sub", ["u:3", "u:1"]],
  }),
  onImage(
    "Split over channels",
    { s: ["Split", ["k", "c"], { num_split: 2 }], y: ["Sub", ["s:1", "s"]] },
    { k: 3 },
  ),
  onImage(
    "SplitV",
    { s: ["SplitV", ["c", "k", "a"], { num_split: 3 }], y: ["Relu", ["s:1"]] },
    { k: [1, -1, 1], a: 2 },
  ),
  onImage("Slice", ["Slice", ["c", "b", "s"]], { b: [0, 1, 2, 1], s: [1, 2, -1, 2] }),
  ...(
    [
      ["an ellipsis", [0, 1], [0, 3], [1, 1], { ellipsis_mask: 1 }],
      ["a dropped axis", [0, 1, 2], [1, 2, 5], [1, 1, 1], { shrink_axis_mask: 2 }],
      ["a new axis", [0, 0, 1], [1, 0, 4], [1, 1, 2], { new_axis_mask: 2 }],
      ["negative steps", [0, -1, 4], [1, -4, 0], [1, -1, -2], {}],
      ["open ends", [0, 1, 9, 1], [0, 9, 9, -1], [1, 2, 1, 1], { begin_mask: 5, end_mask: 5 }],
    ] as const
  ).map(([title, b, e, s, masks]) =>
    onImage(`StridedSlice with ${title}`, ["StridedSlice", ["c", "b", "e", "s"], masks], {
      b,
      e,
      s,
    }),
  ),
  onImage("Pad", ["Pad", ["c", "k"]], {
    k: { shape: [4, 2], data: [0, 0, 1, 2, 0, 1, 2, 0], dtype: "int32" },
  }),
  onImage("PadV2", ["PadV2", ["c", "k", "v"]], {
    k: { shape: [4, 2], data: [0, 0, 1, 0, 0, 1, 1, 1], dtype: "int32" },
    v: { shape: [], data: [-7] },
  }),
  onImage("MirrorPad", ["MirrorPad", ["c", "k"], { mode: "REFLECT" }], {
    k: { shape: [4, 2], data: [0, 0, 1, 2, 2, 1, 0, 3], dtype: "int32" },
  }),
  onImage("Tile", ["Tile", ["c", "k"]], { k: [1, 1, 2, 3] }),
  onImage("DepthToSpace", ["DepthToSpace", ["c"], { block_size: 2, data_format: "NHWC" }]),
];

export const POSITIONS: readonly TfjsCase[] = [
  onImage("GatherV2 on axis 2", ["GatherV2", ["c", "k", "a"]], { k: [4, 0, 4], a: 2 }),
  onImage("GatherNd", ["GatherNd", ["c", "k"]], {
    k: { shape: [2, 3], data: [0, 3, 1, 0, 0, 4], dtype: "int32" },
  }),
  onImage(
    "TopKV2",
    {
      t: ["TopKV2", ["c", "k"], { sorted: true }],
      i: ["Cast", ["t:1"], { DstT: "DT_FLOAT" }],
      y: ["Add", ["t", "i"]],
    },
    {
      k: 2,
    },
  ),
  ...[3, 1].map((axis) => onImage(`ArgMax on axis ${axis}`, ["ArgMax", ["c", "k"]], { k: axis })),
  onImage(
    "Shape, StridedSlice, Pack and Reshape",
    {
      s: ["Shape", ["c"]],
      n: ["StridedSlice", ["s", "b", "e", "o"], { shrink_axis_mask: 1 }],
      p: ["Pack", ["n", "rest"]],
      y: ["Reshape", ["c", "p"]],
    },
    { b: [2], e: [3], o: [1], rest: -1 },
  ),
  onImage(
    "Range and Fill",
    {
      r: ["Range", ["a", "b", "d"]],
      f: ["Cast", ["r"], { DstT: "DT_FLOAT" }],
      g: ["Fill", ["k", "v"]],
      h: ["Add", ["f", "g"]],
      y: ["Mul", ["c", "h"]],
    },
    { a: 1, b: 9, d: 2, k: [5, 4], v: { shape: [], data: [0.5] } },
  ),
];
