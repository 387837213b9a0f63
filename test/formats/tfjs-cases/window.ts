/** Cases of convolutions, matrix products, pools, reductions and resizes. */
import { SAME, onImage, onInput } from "./case.ts";
import type { TfjsCase } from "./case.ts";

function convolution(
  title: string,
  size: number[],
  filter: number[],
  attributes: object,
): TfjsCase {
  return onInput(`Conv2D ${title}`, ["Conv2D", ["x", "w"], { ...SAME, ...attributes }], {
    inputs: { x: [1, ...size, 2] },
    constants: { w: { shape: [...filter, 2, 3] } },
  });
}

/** Of 1x4x5x3, to images of a given size with 2 channels. */
function transposed(
  title: string,
  [down, right]: number[],
  size: number[],
  attributes: object,
  kernel: number[] = [3, 3],
): TfjsCase {
  const strides = [1, down, right, 1];
  return onInput(
    `Conv2DBackpropInput ${title}`,
    ["Conv2DBackpropInput", ["sizes", "w", "x"], { ...SAME, strides, ...attributes }],
    { constants: { sizes: [1, ...size, 2], w: { shape: [...kernel, 2, 3] } } },
  );
}

export const CONVOLUTIONS: readonly TfjsCase[] = [
  convolution("with SAME on even sizes", [6, 8], [3, 3], { strides: [1, 2, 2, 1] }),
  convolution("with SAME on odd sizes", [5, 7], [3, 5], { strides: [1, 2, 2, 1] }),
  convolution("with VALID", [6, 5], [3, 2], { padding: "VALID" }),
  convolution("with dilation", [7, 6], [3, 3], { dilations: [1, 2, 2, 1] }),
  convolution("with explicit padding", [5, 4], [3, 3], {
    padding: "EXPLICIT",
    explicit_paddings: [0, 0, 1, 0, 2, 1, 0, 0],
  }),
  onInput(
    "DepthwiseConv2dNative with a multiplier",
    ["DepthwiseConv2dNative", ["x", "w"], { ...SAME, strides: [1, 2, 2, 1] }],
    { constants: { w: { shape: [3, 3, 3, 2] } } },
  ),
  ...(
    [
      ["Relu6", {}, []],
      ["Elu", {}, []],
      ["LeakyRelu", { leakyrelu_alpha: { f: 0.25 } }, []],
      ["Prelu", {}, ["slope"]],
    ] as const
  ).map(([activation, attributes, inputs]) =>
    onInput(
      `_FusedConv2D with a bias and ${activation}`,
      [
        "_FusedConv2D",
        ["x", "w", "b", ...inputs],
        { ...SAME, ...attributes, fused_ops: ["BiasAdd", activation], num_args: 1 + inputs.length },
      ],
      { constants: { w: { shape: [1, 1, 3, 4] }, b: { shape: [4] }, slope: { shape: [1, 1, 4] } } },
    ),
  ),
  onInput(
    "FusedDepthwiseConv2dNative with a bias",
    [
      "FusedDepthwiseConv2dNative",
      ["x", "w", "b"],
      { ...SAME, fused_ops: ["BiasAdd", "Relu"], num_args: 1 },
    ],
    { constants: { w: { shape: [2, 3, 3, 1] }, b: { shape: [3] } } },
  ),
  ...[false, true].map((transposed) =>
    onInput(
      `_FusedMatMul with transpose_b ${transposed}`,
      [
        "_FusedMatMul",
        ["x", "w", "b"],
        { fused_ops: ["BiasAdd", "Relu"], num_args: 1, transpose_b: transposed },
      ],
      {
        inputs: { x: [2, 5] },
        constants: { w: { shape: transposed ? [3, 5] : [5, 3] }, b: { shape: [3] } },
      },
    ),
  ),
  transposed("with SAME", [2, 2], [8, 9], {}),
  transposed("with SAME and strides greater than the kernel", [3, 3], [11, 15], {}, [2, 1]),
  transposed("with VALID", [2, 1], [10, 7], { padding: "VALID" }),
  onInput("MatMul of two inputs", ["MatMul", ["x", "z"], { transpose_a: true }], {
    inputs: { x: [5, 2], z: [5, 3] },
  }),
];

const WINDOW = { ksize: [1, 3, 3, 1], strides: [1, 2, 2, 1] };
export const POOLS: readonly TfjsCase[] = [
  ...["MaxPool", "AvgPool"].flatMap((op) =>
    ["SAME", "VALID"].map((padding) =>
      onInput(`${op} with ${padding}`, [op, ["x"], { ...WINDOW, padding }], {
        inputs: { x: [1, 6, 7, 3] },
      }),
    ),
  ),
  ...["Mean", "Sum", "Max", "Min", "Prod"].map((op) =>
    onImage(`${op} over height`, [op, ["c", "axes"], {}], { axes: [1] }),
  ),
  ...[true, false].flatMap((keep) =>
    [[1, 2], [3], [-1, 1], [0, 2]].map((axes) =>
      onImage(
        `Mean over ${axes.join(",")} keep_dims ${keep}`,
        ["Mean", ["c", "axes"], { keep_dims: keep }],
        {
          axes,
        },
      ),
    ),
  ),
  ...["ResizeBilinear", "ResizeNearestNeighbor"].flatMap((op) =>
    ["", "align_corners", "half_pixel_centers"].map((rule) =>
      onInput(
        `${op} ${rule || "from the corner"}`,
        [op, ["x", "size"], rule ? { [rule]: true } : {}],
        {
          constants: { size: [7, 8] },
        },
      ),
    ),
  ),
  onImage("Softmax", ["Softmax", ["c"]]),
  onImage("LogSoftmax", ["LogSoftmax", ["c"]]),
  onImage("LRN", [
    "LRN",
    ["c"],
    { depth_radius: 1, bias: { f: 2 }, alpha: { f: 0.5 }, beta: { f: 0.75 } },
  ]),
  onImage(
    "FusedBatchNormV3",
    ["FusedBatchNormV3", ["c", "a", "b", "m", "v"], { epsilon: { f: 0.01 } }],
    {
      a: { shape: [4] },
      b: { shape: [4] },
      m: { shape: [4] },
      v: { shape: [4], data: [0.5, 1, 2, 0.25] },
    },
  ),
];
