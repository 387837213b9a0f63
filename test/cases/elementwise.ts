/** Element-wise operators: every kind, every way to broadcast, both orders. */
import { BINARY_KINDS } from "../../src/graph/attributes.ts";
import type { BinaryKind, UnaryAttributes } from "../../src/graph/attributes.ts";
import { lookupActivation } from "../../src/graph/lookup.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case, CaseInput } from "./case.ts";

type Filling = Pick<CaseInput, "range" | "step">;

const positive: Filling = { range: [0.1, 4] };
const halves: Filling = { range: [-4, 4], step: 0.5 };
const unit: Filling = { range: [-1, 1] };

/** Each function with the inputs at which it is defined; by default all of [-6, 6]. */
const UNARY: readonly (readonly [UnaryAttributes, Filling?])[] = [
  [{ kind: "identity" }],
  [{ kind: "relu" }],
  [{ kind: "relu6" }, { range: [-4, 10] }],
  [{ kind: "sigmoid" }, { range: [-30, 30] }],
  [{ kind: "silu" }, { range: [-30, 30] }],
  [{ kind: "hardSwish" }],
  [{ kind: "mish" }, { range: [-30, 30] }],
  [{ kind: "tanh" }, { range: [-30, 30] }],
  [{ kind: "gelu" }],
  [{ kind: "softplus" }, { range: [-30, 30] }],
  [{ kind: "softsign" }],
  [{ kind: "abs" }],
  [{ kind: "neg" }],
  [{ kind: "exp" }, { range: [-4, 4] }],
  [{ kind: "log" }, positive],
  [{ kind: "sqrt" }, positive],
  [{ kind: "rsqrt" }, positive],
  [{ kind: "reciprocal" }, positive],
  [{ kind: "square" }],
  [{ kind: "floor" }, halves],
  [{ kind: "ceil" }, halves],
  [{ kind: "round" }, halves],
  [{ kind: "sign" }, halves],
  [{ kind: "erf" }, { range: [-3, 3] }],
  [{ kind: "logicalNot" }, halves],
  [{ kind: "leakyRelu", negativeSlope: 0.1 }],
  [{ kind: "leakyRelu", negativeSlope: 0.01 }],
  [{ kind: "elu", alpha: 1 }],
  [{ kind: "elu", alpha: 0.5 }],
  [{ kind: "hardSigmoid", alpha: 1 / 6, beta: 0.5 }],
  [{ kind: "hardSigmoid", alpha: 0.2, beta: 0.5 }],
  [{ kind: "clamp", min: -1, max: 2.5 }],
  [{ kind: "clamp", min: -Infinity, max: 1 }],
  [{ kind: "sin" }, { range: [-50, 50] }],
  [{ kind: "cos" }, { range: [-50, 50] }],
  [{ kind: "tan" }, { range: [-1.4, 1.4] }],
  [{ kind: "asin" }, unit],
  [{ kind: "acos" }, unit],
  [{ kind: "atan" }],
  [{ kind: "sinh" }, { range: [-3, 3] }],
  [{ kind: "cosh" }, { range: [-3, 3] }],
  [{ kind: "asinh" }, { range: [-30, 30] }],
  [{ kind: "acosh" }, { range: [1, 30] }],
  [{ kind: "atanh" }, { range: [-0.99, 0.99] }],
  [{ kind: "isNan" }],
  [{ kind: "isInf", positive: true, negative: true }],
  [{ kind: "roundTo", format: "float16" }, { range: [-3000, 3000] }],
  [{ kind: "roundTo", format: "float16" }, { range: [-1e-5, 1e-5] }],
  [{ kind: "roundTo", format: "bfloat16" }],
  ...(["sigmoid", "tanh", "swish"] as const).flatMap((activation) => [
    [lookupActivation(activation, { intervals: 16 }), { range: [-12, 12] }] as const,
    [
      lookupActivation(activation, { intervals: 31, mode: "nearest", limits: true }),
      { range: [-12, 12] },
    ] as const,
  ]),
];

const UNARY_SHAPES: readonly Shape[] = [
  [1, 5, 7, 3],
  [2, 8, 4, 4],
  [3, 10],
];

/** A number, a choice, or of a table its length and an entry. */
function textOf(value: unknown): string {
  if (typeof value === "number") return value.toFixed(3);
  if (!Array.isArray(value) || value.length < 3) return String(value);
  return `${value.length}:${(value[2] as number).toFixed(3)}`;
}

export const unaryCases: readonly Case<"unary">[] = UNARY.flatMap(([attributes, filling], i) => {
  const { kind, ...rest } = attributes;
  const text = Object.entries(rest).map(([key, value]) => `${key}=${textOf(value)}`);
  const shapes = i < 2 ? UNARY_SHAPES : [UNARY_SHAPES[i % UNARY_SHAPES.length]];
  return shapes.map((shape) =>
    makeCase(
      "unary",
      [{ shape, range: [-6, 6], ...filling }],
      attributes,
      [kind, ...text].join(" "),
    ),
  );
});

/** Operands at which a kind is defined; comparisons and logic meet ties and zeros. */
function fillings(kind: BinaryKind): readonly [Filling, Filling] {
  switch (kind) {
    case "div":
      return [{}, { range: [0.5, 2] }];
    case "pow":
      return [{ range: [0.2, 3] }, { range: [-2, 2] }];
    case "floorDivide":
    case "remainder":
      return [{ range: [-5, 5] }, { range: [-2, -0.5] }];
    case "add":
    case "sub":
    case "mul":
    case "minimum":
    case "maximum":
      return [{}, {}];
    case "logicalAnd":
    case "logicalOr":
      return [
        { range: [-0.8, 0.8], step: 1 },
        { range: [-0.8, 0.8], step: 1 },
      ];
    default:
      return [
        { range: [-1, 1], step: 0.5 },
        { range: [-1, 1], step: 0.5 },
      ];
  }
}

function binaryCase(kind: BinaryKind, a: CaseInput, b: CaseInput): Case<"binary"> {
  const [fillingA, fillingB] = fillings(kind);
  return makeCase(
    "binary",
    [
      { ...a, ...fillingA },
      { ...b, ...fillingB },
    ],
    { kind },
    kind,
  );
}

const FULL: Shape = [2, 5, 3, 4];
const BROADCAST: readonly Shape[] = [
  [],
  [1],
  [4],
  [5, 1, 1],
  [1, 5, 1, 1],
  [2, 5, 1, 1],
  [1, 1, 3, 4],
  [2, 1, 1, 1],
  [1, 5, 3, 4],
  [2, 1, 3, 4],
  [2, 5, 3, 1],
];

const kinds = BINARY_KINDS.flatMap((kind) => [
  binaryCase(kind, { shape: FULL }, { shape: FULL }),
  binaryCase(kind, { shape: FULL }, { shape: [1, 5, 1, 1] }),
  binaryCase(kind, { shape: [1, 5, 1, 1] }, { shape: FULL }),
]);

const broadcasts = (["sub", "mul"] as const).flatMap((kind) =>
  BROADCAST.flatMap((shape) => [
    binaryCase(kind, { shape: FULL }, { shape }),
    binaryCase(kind, { shape }, { shape: FULL }),
    binaryCase(kind, { shape: FULL }, { shape, constant: true }),
    binaryCase(kind, { shape, constant: true }, { shape: FULL }),
  ]),
);

const others = [
  binaryCase("sub", { shape: [2, 5, 1, 1] }, { shape: [1, 1, 3, 4] }),
  binaryCase("mul", { shape: [1, 17, 6, 5] }, { shape: [1, 17, 1, 1] }),
  binaryCase("add", { shape: [1, 16, 8, 8] }, { shape: [1, 16, 8, 8] }),
  binaryCase("add", { shape: [3, 7] }, { shape: [7] }),
  binaryCase("sub", { shape: [4, 1] }, { shape: [1, 5] }),
  binaryCase("add", { shape: [2, 3, 5] }, { shape: [3, 1] }),
];

const integers = (["add", "mul", "div", "floorDivide", "remainder", "less"] as const).map((kind) =>
  makeCase(
    "binary",
    [
      { shape: [1, 5, 3, 4], dtype: "int32", range: [-20, 20] },
      { shape: [5, 1, 1], dtype: "int32", range: [1, 6] },
    ],
    { kind },
    kind,
  ),
);

export const binaryCases: readonly Case<"binary">[] = [
  ...new Map([...kinds, ...broadcasts, ...others, ...integers].map((c) => [c.name, c])).values(),
];

export const preluCases: readonly Case<"prelu">[] = (
  [
    [
      [1, 5, 4, 3],
      [5, 1, 1],
    ],
    [[2, 8, 3, 3], [1]],
    [
      [1, 3, 4, 5],
      [3, 4, 5],
    ],
    [[3, 6], [6]],
    [[2, 5, 4, 3], []],
    [
      [2, 5, 4, 3],
      [4, 1],
    ],
    [[2, 5, 4, 3], [3]],
    [
      [2, 3, 2, 2, 2],
      [3, 1, 1, 1],
    ],
  ] as const
).flatMap(([x, slope]) =>
  [true, false].map((constant) =>
    makeCase("prelu", [{ shape: x }, { shape: slope, constant, range: [-0.5, 0.5] }], {}),
  ),
);

export const whereCases: readonly Case<"where">[] = (
  [
    [
      [1, 5, 3, 4],
      [1, 5, 3, 4],
      [1, 5, 3, 4],
    ],
    [[1, 1, 3, 4], [1, 5, 3, 4], []],
    [
      [2, 5, 1, 1],
      [5, 1, 1],
      [2, 5, 3, 4],
    ],
    [[7], [3, 7], [3, 1]],
  ] as const
).map(([condition, a, b]) =>
  makeCase("where", [{ shape: condition, dtype: "bool" }, { shape: a }, { shape: b }], {}),
);

export const castCases: readonly Case<"cast">[] = (
  [
    [{ range: [-5, 5] }, "int32"],
    [{ range: [-1, 1], step: 0.5 }, "bool"],
    [{ dtype: "int32" }, "float32"],
    [{ dtype: "bool" }, "float32"],
    [{ dtype: "int32", range: [-2, 2] }, "bool"],
    [{ dtype: "bool" }, "int32"],
  ] as const
).map(([input, to]) => makeCase("cast", [{ shape: [1, 5, 3, 4], ...input }], { to }, `to=${to}`));
