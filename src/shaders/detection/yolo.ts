/** Contract of detection/yolo.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups } from "../spec.ts";
import type { Flat, Packed, Quads } from "../spec.ts";
import source from "./yolo.wgsl?raw";

export interface YoloSpec {
  readonly x: Quads;
  /** [N, A * H * W, 4] */
  readonly boxes: Flat;
  /** [N, C, A * H * W] */
  readonly scores: Flat;
  /** [w, h] of each anchor, as parts of the network's input */
  readonly anchors: Packed;
  readonly scaleXY: number;
}

const WORKGROUP = 64;

export const decodeYolo: Kernel<YoloSpec> = {
  name: "detection/yolo",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["area", "u32"],
    ["width", "u32"],
    ["height", "u32"],
    ["entries", "u32"],
    ["count", "u32"],
    ["images", "u32"],
    ["boxes", "u32"],
    ["scores", "u32"],
    ["anchors", "u32"],
    ["scale", "f32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, boxes, scores, anchors, scaleXY }, device) {
    const [images, classes, count] = scores.shape;
    const grid = flatWorkgroups(images * (classes + 1) * count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        area: x.height * x.width,
        width: x.width,
        height: x.height,
        entries: classes + 5,
        count,
        images,
        boxes: boxes.offset,
        scores: scores.offset,
        anchors: anchors.offset * 4,
        scale: scaleXY,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
