/**
 * Resize and Upsample of images by plain rules, DepthToSpace and SpaceToDepth. Every other resize is
 * in `resize-any.ts`.
 */
import type { ResizeAttributes } from "../../graph/attributes.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { checkImage } from "./window.ts";

/** Sizes of the output, or factors, as the file gives them. */
export interface Target {
  readonly scales: number[] | null;
  readonly sizes: number[] | null;
}

export function targetOfResize(node: OnnxNode): Target {
  const isOld = node.opset < 11;
  const scales = node.numbers(isOld ? 1 : 2);
  const sizes = isOld ? null : node.numbers(3);
  if (!scales?.length && !sizes) node.fail("scales and sizes are missing");
  return scales?.length ? { scales, sizes: null } : { scales: null, sizes };
}

export function targetOfUpsample(node: OnnxNode): Target {
  const scales = node.opset < 9 ? node.floats("scales") : node.numbers(1);
  return { scales: scales ?? node.fail("scales are missing"), sizes: null };
}

/** In float32, as other engines do: 10 * 0.7 is 7 there, but 6.999... in float64. */
export const scaledSize = (size: number, scale: number): number =>
  Math.floor(Math.fround(size * scale));

const MODES = ["nearest", "linear"] as const;
const COORDINATES = ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"] as const;
export const ROUNDINGS = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const;
export const FLOOR_RULE = { coordinates: "asymmetric", rounding: "floor" } as const;

/** @throws FormatError for what only `resize-any.ts` reads */
function resized(node: OnnxNode, { scales, sizes }: Target, rule: Omit<ResizeAttributes, "size">) {
  checkImage(node);
  const x = node.input(0);
  const rare = ["axes", "keep_aspect_ratio_policy", "antialias"].some((name) => node.has(name));
  const factors = scales ?? sizes!.map((size, axis) => size / x.shape[axis]);
  if (rare || factors.length !== 4 || factors[0] !== 1 || factors[1] !== 1) node.fail("is rare");
  const [height, width] = sizes?.slice(2) ?? [2, 3].map((i) => scaledSize(x.shape[i], factors[i]));
  if (factors.every((factor) => factor === 1)) return x;
  const scale = scales && { scale: [scales[2], scales[3]] as const };
  return node.op("resize", [x], { ...rule, size: [height, width], ...scale });
}

const resize: Converter = (node) => {
  const mode = node.choice("mode", MODES, "nearest");
  const isOld = node.opset < 11;
  const coordinates = node.choice("coordinate_transformation_mode", COORDINATES, "half_pixel");
  const rounding = node.choice("nearest_mode", ROUNDINGS, "round_prefer_floor");
  const rule = isOld ? FLOOR_RULE : { coordinates, rounding };
  return resized(node, targetOfResize(node), { mode, ...rule });
};

const upsample: Converter = (node) => {
  const mode = node.choice("mode", MODES, "nearest");
  return resized(node, targetOfUpsample(node), { mode, ...FLOOR_RULE });
};

/** The shape of an image of which some sizes are to be divided. */
function divisibleImage(node: OnnxNode, block: number, divisors: Shape): Shape {
  checkImage(node);
  const { shape } = node.input(0);
  if (block < 1 || shape.some((size, axis) => size % divisors[axis])) {
    node.fail(`x of shape ${shape.join("x")} does not divide into blocks of ${block}x${block}`);
  }
  return shape;
}

/** Channels become blocks of b x b pixels: a transpose of six axes. */
const depthToSpace: Converter = (node) => {
  const x = node.input(0);
  const b = node.int("blocksize");
  const [n, c, h, w] = divisibleImage(node, b, [1, b * b, 1, 1]);
  const columnFirst = node.choice("mode", ["DCR", "CRD"], "DCR") === "CRD";
  const channels = c / (b * b);
  const split = columnFirst ? [n, channels, b, b, h, w] : [n, b, b, channels, h, w];
  const perm = columnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const moved = node.op("transpose", [node.reshape(x, split)], { perm });
  return node.reshape(moved, [n, channels, h * b, w * b]);
};

const spaceToDepth: Converter = (node) => {
  const x = node.input(0);
  const b = node.int("blocksize");
  const [n, c, h, w] = divisibleImage(node, b, [1, 1, b, b]);
  const blocks = node.reshape(x, [n, c, h / b, b, w / b, b]);
  const moved = node.op("transpose", [blocks], { perm: [0, 3, 5, 1, 2, 4] });
  return node.reshape(moved, [n, c * b * b, h / b, w / b]);
};

export const resizing: Record<string, Converter> = {
  Resize: resize,
  Upsample: upsample,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
