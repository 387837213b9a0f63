/** Contract of detection/select.wgsl. */
import type { NonMaxSuppressionAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { DeviceTraits, Kernel } from "../kernel.ts";
import { flatWorkgroups } from "../spec.ts";
import type { Flat } from "../spec.ts";
import foldLanes from "./fold-lanes.wgsl?raw";
import overlap from "./overlap.wgsl?raw";
import source from "./select.wgsl?raw";

export interface NonMaxSuppressionSpec {
  /** [N, n, 4] */
  readonly boxes: Flat;
  /** [N, C, n] */
  readonly scores: Flat;
  /** of the shape of scores: scratch */
  readonly lists: Flat;
  /** [N * C, min(n, maxOutputBoxesPerClass)] */
  readonly picks: Flat;
  /** [N * C] */
  readonly counts: Flat;
  readonly attributes: NonMaxSuppressionAttributes;
}

/** Lanes for a row of `size`: a CPU has few, and barriers are dear. */
export function selectionLanes(
  size: number,
  { software, maxInvocationsPerWorkgroup }: DeviceTraits,
): number {
  if (software) return 4;
  return size > 1024 ? Math.min(256, maxInvocationsPerWorkgroup) : 64;
}

/**
 * The middle between a threshold in 0..1 and the next f32 as mantissa * 2^(exponent - 151); a
 * threshold of 0 is exceeded by all.
 */
function middleAbove(threshold: number): { mantissa: number; exponent: number } {
  const [bits] = new Uint32Array(Float32Array.of(threshold).buffer);
  const exponent = bits >>> 23;
  if (exponent === 0) return { mantissa: 2 ** 24 + 1, exponent: -1000 };
  return { mantissa: 2 * ((bits & 0x7fffff) + 0x800000) + 1, exponent: exponent - 151 };
}

export const nonMaxSelect: Kernel<NonMaxSuppressionSpec> = {
  name: "detection/select",
  source,
  files: { "detection/fold-lanes": foldLanes, "detection/overlap": overlap },
  bindings: COMPUTE_BINDINGS,
  params: [
    ["boxes", "u32"],
    ["scores", "u32"],
    ["lists", "u32"],
    ["picks", "u32"],
    ["counts", "u32"],
    ["rows", "u32"],
    ["classes", "u32"],
    ["count", "u32"],
    ["most", "u32"],
    ["score_threshold", "f32"],
    ["threshold", "f32"],
    ["mantissa", "u32"],
    ["exponent", "i32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "CENTER", "GREEDY"],
  consts: [],
  slots: [],
  configure({ boxes, scores, lists, picks, counts, attributes }, device) {
    const [images, classes, count] = scores.shape;
    const rows = images * classes;
    const grid = flatWorkgroups(rows, 1, device);
    const { centerPointBox, metric, iouThreshold, scoreThreshold } = attributes;
    return {
      overrides: {
        WORKGROUP: selectionLanes(count, device),
        CENTER: Number(centerPointBox),
        GREEDY: Number(metric === "greedy"),
      },
      params: {
        boxes: boxes.offset,
        scores: scores.offset,
        lists: lists.offset,
        picks: picks.offset,
        counts: counts.offset,
        rows,
        classes,
        count,
        most: picks.shape[1],
        score_threshold: scoreThreshold,
        threshold: iouThreshold,
        ...middleAbove(iouThreshold),
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
