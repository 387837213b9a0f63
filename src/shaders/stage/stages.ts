/** Stages for every unary and binary operator: which file, which overrides, which operand. */
import type { BinaryKind, UnaryAttributes } from "../../graph/attributes.ts";
import type { ParamFields, Stage } from "../kernel.ts";
import { LIBRARY } from "../library.ts";
import type { Quads } from "../spec.ts";
import { tableUniform } from "../table.ts";

/** How an operand that broadcasts to y is walked, in vec4s; `splat` as in stage/operand.wgsl. */
export interface BroadcastStrides {
  readonly image: number;
  readonly quad: number;
  readonly pixel: number;
  readonly splat: number;
}

/**
 * The strides by which x is read at the places of y. A tensor that has the height or the width of
 * y but not both cannot be walked in this way: see `walksLike`.
 */
export function broadcastStrides(x: Quads, y: Quads): BroadcastStrides {
  const area = x.height * x.width;
  return {
    image: x.images === 1 ? 0 : x.imageStride,
    quad: x.channels === 1 ? 0 : area,
    pixel: area === 1 ? 0 : 1,
    splat: x.channels === 1 && y.channels > 1 ? 1 : 0,
  };
}

/** Whether one stride a pixel is enough to read x, broadcast, at the places of y. */
export function walksLike(x: Quads, y: Quads): boolean {
  return x.height * x.width === 1 || (x.height === y.height && x.width === y.width);
}

const OPERAND: ParamFields = [
  ["offset", "u32"],
  ["image_stride", "u32"],
  ["quad_stride", "u32"],
  ["pixel_stride", "u32"],
  ["splat", "u32"],
];

/** `hardSwish` -> `hard-swish` */
export function fileName(kind: string): string {
  return kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Whether a function's stage is in the library; the others are loaded when a graph has them. */
export function isCoreFunction(kind: string): boolean {
  return kind === "identity" || `stage/${fileName(kind)}` in LIBRARY;
}

/** y = f(x) for functions of the core; null for the identity. */
export function unaryStage(attributes: UnaryAttributes): Stage | null {
  const name = `stage/${fileName(attributes.kind)}`;
  switch (attributes.kind) {
    case "identity":
      return null;
    case "leakyRelu":
      return { name, overrides: { NEGATIVE_SLOPE: attributes.negativeSlope } };
    case "elu":
      return { name, overrides: { ALPHA: attributes.alpha } };
    case "hardSigmoid":
      return { name, overrides: { ALPHA: attributes.alpha, BETA: attributes.beta } };
    case "clamp":
      return { name, overrides: { MIN: finite(attributes.min), MAX: finite(attributes.max) } };
    default:
      return { name };
  }
}

/** WGSL has no infinity: the greatest f32 stands for it. */
function finite(value: number): number {
  const greatest = 3.4028234663852886e38;
  return Math.min(Math.max(value, -greatest), greatest);
}

/** Where the operand of a stage lies. `fromWeights`: a constant in the weight buffer. */
export interface StageOperand {
  readonly tensor: Quads;
  readonly fromWeights: boolean;
  /** The kernel lets stages read once a quad what all of its pixels share. */
  readonly canHold?: boolean;
  /** Reads it at other places than those of y. */
  readonly gather?: GatherOperand;
  /** What is done to it before it is used. */
  readonly stages?: readonly Stage[];
}

/** A file that stands in for `stage/operand`, with what it wants beside the strides. */
export interface GatherOperand extends Pick<Stage, "name" | "files" | "consts"> {
  readonly params: ParamFields;
  readonly values: Readonly<Record<string, number>>;
}

const REVERSIBLE = new Set<string>([
  "sub",
  "div",
  "pow",
  "floorDivide",
  "truncateDivide",
  "remainder",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
]);

/** What a stage computes of two values; `truncateDivide` is the division of integers. */
export type StageKind = BinaryKind | "prelu" | "truncateDivide";

const CORE_BINARY = new Set<string>("add sub mul div pow minimum maximum prelu".split(" "));

/** Whether the library has the function; the others bring their file. */
export function isCoreBinary(kind: StageKind): boolean {
  return CORE_BINARY.has(kind);
}

/** y = f(x, operand), or f(operand, x) when reversed. `files`: texts of functions beyond the core. */
export function binaryStage(
  kind: StageKind,
  operand: StageOperand,
  y: Quads,
  reversed = false,
  files?: Stage["files"],
): Stage {
  return {
    name: `${isCoreBinary(kind) ? "stage" : "binary"}/${fileName(kind)}`,
    ...readOperand(operand, y, {
      files,
      consts: reversed && REVERSIBLE.has(kind) ? { REVERSED: true } : {},
    }),
  };
}

/** How the stage that is `stage` beyond its operand finds it. */
function readOperand(
  { tensor, fromWeights, canHold, gather, stages = [] }: StageOperand,
  y: Quads,
  stage: Pick<Stage, "files" | "consts">,
): Omit<Stage, "name"> {
  const strides = broadcastStrides(tensor, y);
  const slots = { load_operand: stages };
  const values = { offset: tensor.offset, image_stride: strides.image };
  if (gather) {
    return {
      includes: { "stage/operand": gather.name },
      files: { ...stage.files, ...gather.files },
      consts: { ...stage.consts, ...gather.consts },
      params: gather.params,
      values: { ...values, quad_stride: tensor.height * tensor.width, ...gather.values },
      slots,
    };
  }
  if (tensor.table) {
    const { consts, ...uniform } = tableUniform(tensor.table, tensor.images);
    return {
      ...stage,
      includes: { "stage/operand": "stage/operand-table" },
      consts: { ...stage.consts, ...consts },
      ...uniform,
      slots,
    };
  }
  const isHeld = canHold && strides.pixel === 0;
  return {
    ...stage,
    ...(isHeld && { includes: { "stage/operand": "stage/operand-held" } }),
    consts: { FROM_WEIGHTS: fromWeights, ...stage.consts },
    params: isHeld ? OPERAND.filter(([name]) => name !== "pixel_stride") : OPERAND,
    values: {
      ...values,
      quad_stride: strides.quad,
      pixel_stride: strides.pixel,
      splat: strides.splat,
    },
    slots,
  };
}

/** y = the operand, whatever x is. */
export function gatherStage(operand: StageOperand, y: Quads): Stage {
  return { name: "stage/gather", ...readOperand(operand, y, {}) };
}

/** y = x; stores what `stages` make of x as `target`, a tensor of the sizes of y. */
export function forkStage(target: Quads, stages: readonly Stage[]): Stage {
  const { offset, imageStride, height, width } = target;
  return {
    name: "stage/fork",
    params: [
      ["offset", "u32"],
      ["image_stride", "u32"],
      ["quad_stride", "u32"],
    ],
    values: { offset, image_stride: imageStride, quad_stride: height * width },
    slots: { fork_value: stages },
  };
}

/** Zeroes the lanes beyond the last channel. */
export function maskStage(channels: number): Stage {
  return { name: "stage/mask", params: [["channels", "u32"]], values: { channels } };
}

/** Functions that do not give a finite number for what may stand in an unused lane. */
export const UNSAFE_IN_UNUSED_LANES: ReadonlySet<string> = new Set([
  "log",
  "rsqrt",
  "reciprocal",
  "exp",
  "sqrt",
  "div",
  "pow",
  "floorDivide",
  "remainder",
  "roundTo",
  "sinh",
  "cosh",
  "tan",
  "atanh",
]);
