/** Cases of broadcasting and of operators that work element by element. */
import { IMAGE, SAME, onImage, onInput } from "./case.ts";
import type { TfjsCase } from "./case.ts";

export const BROADCASTS: readonly TfjsCase[] = [
  ...[[4], [5, 1], [5, 4], [4, 5, 4], [1, 1, 1, 4], [1, 4, 1, 1], [2, 1, 1, 1], [1]].map((shape) =>
    onImage(`Sub of a constant of ${shape.join("x")}`, ["Sub", ["c", "k"]], { k: { shape } }),
  ),
  {
    ...onImage("Mul by an input of rank 2", ["Mul", ["z", "c"]]),
    inputs: { x: IMAGE, z: [5, 4] },
  },
  onInput("AddV2 on an input", ["AddV2", ["x", "k"]], { constants: { k: { shape: [3] } } }),
  {
    ...onInput("normalisation before a convolution", ["Sub", ["x", "k"]]),
    constants: { k: { shape: [3] }, w: { shape: [3, 3, 3, 2] } },
    nodes: { s: ["Sub", ["x", "k"]], t: ["Tanh", ["s"]], y: ["Conv2D", ["t", "w"], SAME] },
  },
];

export const ELEMENTWISE: readonly TfjsCase[] = [
  ...[
    "Abs",
    "Ceil",
    "Elu",
    "Exp",
    "Floor",
    "Neg",
    "Relu",
    "Relu6",
    "Selu",
    "Sigmoid",
    "Softplus",
  ].map((op) => onImage(op, [op, ["c"]])),
  ...["Square", "Tanh", "Erf", "Round", "Sign"].map((op) => onInput(op, [op, ["x"]])),
  ...["Maximum", "Minimum", "SquaredDifference", "RealDiv"].map((op) =>
    onImage(op, [op, ["c", "k"]], { k: { shape: [4] } }),
  ),
  onImage("LeakyRelu", ["LeakyRelu", ["c"], { alpha: { f: 0.125 } }]),
  onImage("Prelu", ["Prelu", ["c", "k"]], { k: { shape: [1, 1, 4] } }),
  onImage("BiasAdd", ["BiasAdd", ["c", "k"]], { k: { shape: [4] } }),
  onImage("AddN", ["AddN", ["c", "c", "c"]]),
  ...["Less", "LessEqual", "Greater", "GreaterEqual", "Equal", "NotEqual"].map((op) =>
    onImage(
      `${op} and Cast`,
      { l: [op, ["c", "k"]], y: ["Cast", ["l"], { DstT: "DT_FLOAT" }] },
      {
        k: { shape: [4], data: [0, 1, -1, 0.5] },
      },
    ),
  ),
  onImage(
    "LogicalAnd of LogicalNot and Select",
    {
      l: ["Less", ["c", "k"]],
      g: ["Greater", ["c", "n"]],
      o: ["LogicalNot", ["l"]],
      a: ["LogicalAnd", ["o", "g"]],
      y: ["SelectV2", ["a", "c", "k"]],
    },
    { k: { shape: [4], data: [0, 1, -1, 0.5] }, n: { shape: [4] } },
  ),
  ...["FloorDiv", "FloorMod"].map((op) =>
    onInput(`${op} of integers`, [op, ["x", "k"]], {
      inputs: { x: [7] },
      types: { x: "DT_INT32" },
      constants: { k: 3 },
    }),
  ),
];
