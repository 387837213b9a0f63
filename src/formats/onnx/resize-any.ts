/** Resize and Upsample in general: any axes, every mode, rule and policy. */
import type { ResizeAttributes } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { normalizeAxis, sizeOf } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { FLOOR_RULE, ROUNDINGS, scaledSize, targetOfResize, targetOfUpsample } from "./resize.ts";
import type { Target } from "./resize.ts";

/** What becomes of one axis; `scale` where the file gives one, `start` and `end` of a crop. */
interface AxisPlan {
  readonly size: number;
  readonly scale?: number;
  readonly start: number;
  readonly end: number;
}

type Rule = Omit<ResizeAttributes, "size" | "scale" | "roi">;

const KEPT = { start: 0, end: 1 };
const POLICIES = ["stretch", "not_larger", "not_smaller"] as const;

/** Sizes are meant exactly, or as a box within or around which the aspect ratio is kept. */
function planOfSizes(node: OnnxNode, sizes: number[], lengths: number[]): AxisPlan[] {
  const policy = node.choice("keep_aspect_ratio_policy", POLICIES, "stretch");
  if (policy === "stretch") return sizes.map((size) => ({ ...KEPT, size }));
  const factors = sizes.map((size, i) => size / lengths[i]);
  const scale = policy === "not_larger" ? Math.min(...factors) : Math.max(...factors);
  return lengths.map((length) => ({ ...KEPT, size: Math.round(length * scale), scale }));
}

/** The starts of all axes, then the ends. */
function cropOf(node: OnnxNode, count: number): number[] {
  const roi = node.numbers(1) ?? node.fail("tf_crop_and_resize has no roi");
  if (roi.length !== 2 * count) {
    node.fail(`roi has ${roi.length} numbers, expected ${2 * count}`);
  }
  return roi;
}

/** The plan of every axis of x; undefined for those that stay. */
function planAxes(node: OnnxNode, { scales, sizes }: Target, rule: Rule): (AxisPlan | undefined)[] {
  const { shape } = node.input(0);
  const given = node.ints("axes", [...shape.keys()]);
  const axes = given.map((axis) => normalizeAxis(axis, shape.length, node.where));
  const numbers = scales ?? sizes!;
  if (numbers.length !== axes.length || new Set(axes).size !== axes.length) {
    node.fail(`${numbers.length} scales or sizes are given for axes ${given.join(", ")}`);
  }
  const lengths = axes.map((axis) => shape[axis]);
  let plans: AxisPlan[] = scales
    ? scales.map((scale, i) => ({ ...KEPT, size: scaledSize(lengths[i], scale), scale }))
    : planOfSizes(node, numbers, lengths);
  if (rule.coordinates === "tf_crop_and_resize") {
    const roi = cropOf(node, axes.length);
    plans = plans.map((plan, i) => ({ ...plan, start: roi[i], end: roi[i + axes.length] }));
  }
  const all: (AxisPlan | undefined)[] = shape.map(() => undefined);
  plans.forEach((plan, i) => {
    const { size, scale = 1, start, end } = plan;
    const stays = size === lengths[i] && scale === 1 && start === 0 && end === 1;
    if (!stays) all[axes[i]] = plan;
  });
  return all;
}

/** Resizes axes `axis` and `axis + 1` of x, seen as the height and the width of an image. */
function resizePair(
  node: OnnxNode,
  x: Value,
  axis: number,
  plans: readonly (AxisPlan | undefined)[],
  rule: Rule,
): Value {
  const { shape } = x;
  const isImage = shape.length === 4 && axis === 2;
  const rest = sizeOf(shape.slice(axis + 1));
  const view = isImage ? shape : [1, sizeOf(shape.slice(0, axis)), shape[axis], rest];
  const same = (size: number): AxisPlan => ({ ...KEPT, size });
  const rows = plans[axis] ?? same(shape[axis]);
  // Not the last but one axis: all axes after it are one, which stays.
  const columns = (axis === shape.length - 2 && plans[axis + 1]) || same(rest);
  const scaled = rows.scale !== undefined || columns.scale !== undefined;
  const resized = node.op("resize", [node.reshape(x, view)], {
    ...rule,
    size: [rows.size, columns.size],
    ...(scaled && {
      scale: [rows.scale ?? rows.size / view[2], columns.scale ?? columns.size / view[3]],
    }),
    ...(rule.coordinates === "tf_crop_and_resize" && {
      roi: [rows.start, columns.start, rows.end, columns.end],
    }),
  });
  const to = shape.with(axis, rows.size);
  return node.reshape(resized, axis === shape.length - 2 ? to.with(axis + 1, columns.size) : to);
}

/** The last two axes at once, the others one by one: a resize is separable. */
function resized(node: OnnxNode, target: Target, rule: Rule): Value {
  const x = node.input(0);
  const plans = planAxes(node, target, rule);
  const rank = x.shape.length;
  if (rank === 1 && plans[0]) {
    return node.reshape(resizePair(node, node.reshape(x, [x.shape[0], 1]), 0, plans, rule), [
      plans[0].size,
    ]);
  }
  let y = x;
  for (let axis = rank - 2; axis >= 0; axis--) {
    const isPlanned = plans[axis] ?? (axis === rank - 2 && plans[axis + 1]);
    if (isPlanned) y = resizePair(node, y, axis, plans, rule);
  }
  return y;
}

const MODES = ["nearest", "linear", "cubic"] as const;
const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "asymmetric",
  "align_corners",
  "tf_half_pixel_for_nn",
  "tf_crop_and_resize",
] as const;

const resize: Converter = (node) => {
  const mode = node.choice("mode", MODES, "nearest");
  const target = targetOfResize(node);
  if (node.opset < 11) return resized(node, target, { mode, ...FLOOR_RULE });
  const flag = (name: string) => node.int(name, 0) !== 0;
  return resized(node, target, {
    mode,
    coordinates: node.choice("coordinate_transformation_mode", COORDINATES, "half_pixel"),
    rounding: node.choice("nearest_mode", ROUNDINGS, "round_prefer_floor"),
    ...(mode !== "nearest" && flag("antialias") && { antialias: true }),
    ...(mode === "cubic" && { cubicCoefficient: node.float("cubic_coeff_a", -0.75) }),
    ...(mode !== "nearest" && flag("exclude_outside") && { excludeOutside: true }),
    ...(node.has("extrapolation_value") && {
      extrapolationValue: node.float("extrapolation_value"),
    }),
  });
};

const upsample: Converter = (node) => {
  const mode = node.choice("mode", MODES.slice(0, 2), "nearest");
  return resized(node, targetOfUpsample(node), { mode, ...FLOOR_RULE });
};

export const resizingAny: Record<string, Converter> = { Resize: resize, Upsample: upsample };
