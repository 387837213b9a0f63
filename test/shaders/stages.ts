/** Every stage that a slot can hold, for the tests that link all of them. */
import { BINARY_KINDS } from "../../src/graph/attributes.ts";
import type { UnaryAttributes, UnaryKind } from "../../src/graph/attributes.ts";
import { boundedStage, UNBOUNDED } from "../../src/shaders/activation/bounded.ts";
import { BINARY_FILES } from "../../src/shaders/binary/files.ts";
import { functionStage } from "../../src/shaders/function/functions.ts";
import type { Stage } from "../../src/shaders/kernel.ts";
import { shiftedOperand, upsampledOperand } from "../../src/shaders/sample/gathers.ts";
import type { Quads } from "../../src/shaders/spec.ts";
import {
  binaryStage,
  forkStage,
  gatherStage,
  isCoreFunction,
  maskStage,
  unaryStage,
} from "../../src/shaders/stage/stages.ts";

/** One entry a kind, or the type does not check. */
const UNARY: { readonly [K in UnaryKind]: Omit<Extract<UnaryAttributes, { kind: K }>, "kind"> } = {
  identity: {},
  relu: {},
  relu6: {},
  sigmoid: {},
  silu: {},
  hardSwish: {},
  mish: {},
  tanh: {},
  gelu: {},
  softplus: {},
  softsign: {},
  abs: {},
  neg: {},
  exp: {},
  log: {},
  sqrt: {},
  rsqrt: {},
  reciprocal: {},
  square: {},
  floor: {},
  ceil: {},
  round: {},
  sign: {},
  erf: {},
  logicalNot: {},
  leakyRelu: { negativeSlope: 0.1 },
  elu: { alpha: 1 },
  hardSigmoid: { alpha: 0.2, beta: 0.5 },
  clamp: { min: 0, max: Infinity },
  sin: {},
  cos: {},
  tan: {},
  asin: {},
  acos: {},
  atan: {},
  sinh: {},
  cosh: {},
  asinh: {},
  acosh: {},
  atanh: {},
  isNan: {},
  isInf: { positive: true, negative: false },
  roundTo: { format: "bfloat16" },
  lookup: { table: [0, 1], range: [-1, 1], mode: "nearest", gated: true },
};

const tensor: Quads = { offset: 0, images: 1, channels: 4, height: 1, width: 1, imageStride: 1 };

export const STAGES: readonly Stage[] = [
  ...Object.entries(UNARY).flatMap(([kind, rest]) => {
    const attributes = { kind, ...rest } as UnaryAttributes;
    return (isCoreFunction(kind) ? unaryStage(attributes) : functionStage(attributes)) ?? [];
  }),
  ...[...BINARY_KINDS, "prelu" as const, "truncateDivide" as const].flatMap((kind) =>
    [false, true].map((flag) =>
      binaryStage(kind, { tensor, fromWeights: flag }, tensor, flag, BINARY_FILES),
    ),
  ),
  ...[false, true].map((hardSwish) => boundedStage(UNBOUNDED, hardSwish)),
  maskStage(3),
  forkStage(tensor, [{ name: "stage/relu" }]),
  ...[upsampledOperand(2, [2, 2]), shiftedOperand(tensor, { kernel: 3, dilation: 1 })].map(
    (gather) =>
      gatherStage({ tensor, fromWeights: false, gather, stages: [{ name: "stage/relu" }] }, tensor),
  ),
  // casts
  { name: "stage/to-bool" },
  { name: "stage/trunc" },
];
