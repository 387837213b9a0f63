/** Resize, Upsample, DepthToSpace and SpaceToDepth: operators that change H and W. */
import type { Pair, ResizeAttributes } from "../../graph/attributes.ts";
import { normalizeAxis } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { checkImage } from "./window.ts";

/** The new H and W, and the factors where the file gives those. */
interface Target {
  readonly size: Pair;
  readonly scale?: Pair;
}

/** Numbers for some axes, spread to all four. */
function spread(node: OnnxNode, numbers: number[], missing: readonly number[]): number[] {
  const axes = node.ints("axes", [0, 1, 2, 3]).map((axis) => normalizeAxis(axis, 4, node.where));
  if (numbers.length !== axes.length) {
    node.fail(`${numbers.length} scales or sizes are given, expected ${axes.length}`);
  }
  const all = [...missing];
  axes.forEach((axis, i) => (all[axis] = numbers[i]));
  return all;
}

function checkBatch(node: OnnxNode, factors: readonly number[]): void {
  if (factors[0] !== 1 || factors[1] !== 1) {
    node.fail(`N and C are scaled by ${factors[0]} and ${factors[1]}, expected 1 and 1`);
  }
}

function scaledTo(node: OnnxNode, scales: number[]): Target {
  const [, , height, width] = node.input(0).shape;
  const factors = spread(node, scales, [1, 1, 1, 1]);
  checkBatch(node, factors);
  // In float32, as other engines do: 10 * 0.7 is 7 there, but 6.999... in float64.
  const grown = [height, width].map((size, i) => Math.floor(Math.fround(size * factors[2 + i])));
  return { size: [grown[0], grown[1]], scale: [factors[2], factors[3]] };
}

/** Sizes are meant exactly, or as a box within or around which the aspect ratio is kept. */
function sizedTo(node: OnnxNode, sizes: number[]): Target {
  const { shape } = node.input(0);
  const policies = ["stretch", "not_larger", "not_smaller"] as const;
  const policy = node.choice("keep_aspect_ratio_policy", policies, "stretch");
  const target = spread(node, sizes, shape);
  checkBatch(
    node,
    target.map((size, axis) => size / shape[axis]),
  );
  const [height, width] = [target[2] / shape[2], target[3] / shape[3]];
  if (policy === "stretch") return { size: [target[2], target[3]] };
  const scale = policy === "not_larger" ? Math.min(height, width) : Math.max(height, width);
  const size: Pair = [Math.round(shape[2] * scale), Math.round(shape[3] * scale)];
  return { size, scale: [scale, scale] };
}

function resized(node: OnnxNode, target: Target, rule: Omit<ResizeAttributes, "size">) {
  const x = node.input(0);
  const exact = target.scale?.every((factor) => factor === 1) ?? true;
  if (exact && String(target.size) === String(x.shape.slice(2))) return x;
  return node.op("resize", [x], { ...rule, ...target });
}

const MODES = ["nearest", "linear"] as const;
const COORDINATES = [
  "half_pixel",
  "pytorch_half_pixel",
  "asymmetric",
  "align_corners",
  "half_pixel_symmetric",
] as const;
const ROUNDINGS = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const;

/** `half_pixel_symmetric` differs from `half_pixel` only where the size had to be rounded. */
function coordinatesOf(node: OnnxNode, { size, scale }: Target): ResizeAttributes["coordinates"] {
  const name = node.choice("coordinate_transformation_mode", COORDINATES, "half_pixel");
  if (name !== "half_pixel_symmetric") return name;
  const { shape } = node.input(0);
  if (scale?.some((factor, i) => shape[2 + i] * factor !== size[i])) {
    node.fail("half_pixel_symmetric with a rounded size is not supported, expected half_pixel");
  }
  return "half_pixel";
}

const floorRule = { coordinates: "asymmetric", rounding: "floor" } as const;

const resize: Converter = (node) => {
  checkImage(node);
  const mode = node.choice("mode", MODES, "nearest");
  if (node.opset < 11) {
    const scales = node.numbers(1) ?? node.fail("scales are missing");
    return resized(node, scaledTo(node, scales), { mode, ...floorRule });
  }
  const scales = node.numbers(2);
  const sizes = node.numbers(3);
  const given = scales?.length ? scaledTo(node, scales) : sizes && sizedTo(node, sizes);
  const target = given ?? node.fail("scales and sizes are missing");
  const shrinks = target.size.some((size, i) => size < node.input(0).shape[2 + i]);
  if (shrinks && node.int("antialias", 0) !== 0) node.fail("antialias is not supported");
  const coordinates = coordinatesOf(node, target);
  const rounding = node.choice("nearest_mode", ROUNDINGS, "round_prefer_floor");
  return resized(node, target, { mode, coordinates, rounding });
};

const upsample: Converter = (node) => {
  checkImage(node);
  const mode = node.choice("mode", MODES, "nearest");
  const scales = node.opset < 9 ? node.floats("scales") : node.numbers(1);
  const target = scaledTo(node, scales ?? node.fail("scales are missing"));
  return resized(node, target, { mode, ...floorRule });
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
