import { expect, test } from "vitest";
import { floats, longs } from "./onnx-encode.ts";
import type { NodeOptions } from "./onnx-encode.ts";
import { failureOf, importOf } from "./onnx-node.ts";
import type { ImportRow } from "./onnx-node.ts";

const image = [1, 2, 4, 6];
const scales = (...values: number[]) => floats("scales", [values.length], values);
const resize = (rule: string) => `resize mode=${rule}`;
const nearest = "nearest coordinates=half_pixel rounding=round_prefer_floor";
const floored = "coordinates=asymmetric rounding=floor";

const rows: ImportRow[] = [
  [
    "by scales",
    "Resize",
    image,
    { initializers: [null, scales(1, 1, 2, 0.5)] },
    `${resize(nearest)} size=8,3 scale=2,0.5 -> 1x2x8x3`,
  ],
  [
    "by sizes beside empty scales",
    "Resize",
    image,
    {
      opset: 11,
      initializers: [floats("roi", [0], []), floats("s", [0], []), longs("sizes", [1, 2, 8, 9])],
      attributes: { mode: "linear", coordinate_transformation_mode: "align_corners" },
    },
    `${resize("linear")} coordinates=align_corners rounding=round_prefer_floor size=8,9 -> 1x2x8x9`,
  ],
  [
    "within a box that keeps the aspect ratio",
    "Resize",
    image,
    {
      opset: 19,
      initializers: [null, null, longs("sizes", [12, 10])],
      attributes: { axes: [3, 2], keep_aspect_ratio_policy: "not_larger" },
    },
    `${resize(nearest)} size=8,12 scale=2,2 -> 1x2x8x12`,
  ],
  [
    "around a box that keeps the aspect ratio",
    "Resize",
    image,
    {
      opset: 19,
      initializers: [null, null, longs("sizes", [10, 12])],
      attributes: { axes: [2, 3], keep_aspect_ratio_policy: "not_smaller" },
    },
    `${resize(nearest)} size=10,15 scale=2.5,2.5 -> 1x2x10x15`,
  ],
  [
    "by all axes where they keep the aspect ratio together",
    "Resize",
    image,
    {
      opset: 19,
      initializers: [null, null, longs("sizes", [1, 2, 8, 6])],
      attributes: { keep_aspect_ratio_policy: "not_larger" },
    },
    " -> 1x2x4x6",
  ],
  [
    "by cubic filters that are antialiased",
    "Resize",
    image,
    {
      opset: 18,
      initializers: [null, null, longs("sizes", [1, 2, 3, 3])],
      attributes: { mode: "cubic", antialias: 1, exclude_outside: 1, cubic_coeff_a: { f: -0.5 } },
    },
    "resize mode=cubic coordinates=half_pixel rounding=round_prefer_floor antialias=true " +
      "cubicCoefficient=-0.5 excludeOutside=true size=3,3 -> 1x2x3x3",
  ],
  [
    "of a crop",
    "Resize",
    image,
    {
      opset: 18,
      initializers: [floats("roi", [4], [0.25, 0.5, 0.75, 1.5]), null, longs("sizes", [3, 5])],
      attributes: {
        axes: [3, 2],
        mode: "linear",
        coordinate_transformation_mode: "tf_crop_and_resize",
        extrapolation_value: { f: 10 },
      },
    },
    "resize mode=linear coordinates=tf_crop_and_resize rounding=round_prefer_floor " +
      "extrapolationValue=10 size=5,3 roi=0.5,0.25,1.5,0.75 -> 1x2x5x3",
  ],
  [
    "of three axes as one of two and one of one",
    "Resize",
    [1, 2, 3, 4, 5],
    { initializers: [null, scales(1, 1, 2, 3, 4)] },
    "reshape shape=1,6,4,5; " +
      `${resize(nearest)} size=12,20 scale=3,4; reshape shape=1,2,3,12,20; ` +
      "reshape shape=1,2,3,240; " +
      `${resize(nearest)} size=6,240 scale=2,1; reshape shape=1,2,6,12,20 -> 1x2x6x12x20`,
  ],
  [
    "of the last but two axes",
    "Resize",
    [2, 3, 4],
    { initializers: [null, scales(2, 1, 1)], attributes: { mode: "linear" } },
    "reshape shape=1,1,2,12; resize mode=linear coordinates=half_pixel " +
      "rounding=round_prefer_floor size=4,12 scale=2,1; reshape shape=4,3,4 -> 4x3x4",
  ],
  [
    "of a vector",
    "Resize",
    [5],
    { initializers: [null, scales(2)] },
    "reshape shape=5,1; reshape shape=1,1,5,1; " +
      `${resize(nearest)} size=10,1 scale=2,1; reshape shape=10,1; reshape shape=10 -> 10`,
  ],
  [
    "by the rule of operator set 10",
    "Resize",
    image,
    { opset: 10, initializers: [scales(1, 1, 2, 2)] },
    `${resize(`nearest ${floored}`)} size=8,12 scale=2,2 -> 1x2x8x12`,
  ],
  [
    "as nothing where the size stays",
    "Resize",
    image,
    { initializers: [null, scales(1, 1, 1, 1)] },
    " -> 1x2x4x6",
  ],
  [
    "with sizes rounded as in float32",
    "Resize",
    [1, 2, 10, 10],
    { initializers: [null, scales(1, 1, 1.75, 0.7)] },
    `${resize(nearest)} size=17,7 scale=1.75,${Math.fround(0.7)} -> 1x2x17x7`,
  ],
  [
    "by attributes",
    "Upsample",
    image,
    { opset: 7, attributes: { mode: "linear", scales: { floats: [1, 1, 2, 3] } } },
    `${resize(`linear ${floored}`)} size=8,18 scale=2,3 -> 1x2x8x18`,
  ],
  [
    "by an input",
    "Upsample",
    image,
    { opset: 9, initializers: [scales(1, 1, 2, 3)] },
    `${resize(`nearest ${floored}`)} size=8,18 scale=2,3 -> 1x2x8x18`,
  ],
  [
    "as a transpose",
    "DepthToSpace",
    [1, 8, 2, 3],
    { attributes: { blocksize: 2 } },
    "reshape shape=1,2,2,2,2,3; transpose perm=0,3,4,1,5,2; reshape shape=1,2,4,6 -> 1x2x4x6",
  ],
  [
    "column by column",
    "DepthToSpace",
    [1, 12, 2, 3],
    { attributes: { blocksize: 2, mode: "CRD" } },
    "reshape shape=1,3,2,2,2,3; transpose perm=0,1,4,2,5,3; reshape shape=1,3,4,6 -> 1x3x4x6",
  ],
  [
    "as a transpose",
    "SpaceToDepth",
    [1, 3, 4, 6],
    { attributes: { blocksize: 2 } },
    "reshape shape=1,3,2,2,3,2; transpose perm=0,3,5,1,2,4; reshape shape=1,12,2,3 -> 1x12x2x3",
  ],
];

const corners = { coordinate_transformation_mode: "tf_crop_and_resize" };

test.each([
  ["has neither scales nor sizes", { opset: 18, initializers: [] }, "scales and sizes are missing"],
  [
    "has too few scales",
    { initializers: [null, scales(1, 2)] },
    "2 scales or sizes are given for axes 0, 1, 2, 3",
  ],
  [
    "crops without a roi",
    { initializers: [null, scales(1, 1, 2, 2)], attributes: corners },
    "tf_crop_and_resize has no roi",
  ],
  [
    "has a roi of other axes",
    {
      initializers: [floats("roi", [4], [0, 0, 1, 1]), scales(1, 1, 2, 2)],
      attributes: corners,
    },
    "roi has 4 numbers, expected 8",
  ],
  [
    "has an unknown mode",
    { initializers: [null, scales(1, 1, 2, 2)], attributes: { mode: "lanczos" } },
    'mode "lanczos" is not supported, expected nearest, linear, cubic',
  ],
])("parseOnnx rejects a Resize that %s", (_, options: NodeOptions, problem) => {
  expect(failureOf("Resize", image, options)).toBe(
    `FormatError: onnx "m.onnx": node 0 "Resize" (n): ${problem}`,
  );
});

test.each(rows)("parseOnnx reads %s: %s of %j", (_, op, shape, options, expected) => {
  expect(importOf(op, shape, options)).toBe(expected);
});
