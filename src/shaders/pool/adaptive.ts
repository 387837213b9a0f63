/** Contract of pool/adaptive.wgsl. */
import type { OperatorAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { PoolSpec } from "./window.ts";
import { POOL_PARAMS } from "./window.ts";
import source from "./adaptive.wgsl?raw";

export type AdaptivePoolSpec = PoolSpec<OperatorAttributes["adaptivePool2d"]>;

const WORKGROUP = 64;

export const adaptivePool: Kernel<AdaptivePoolSpec> = {
  name: "pool/adaptive",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ...POOL_PARAMS.filter(([name]) => !name.startsWith("pad")),
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "MAXIMUM"],
  consts: [],
  slots: ["load_x", "store_y"],
  holds: true,
  configure({ x, y, attributes }, device) {
    const count = y.images * imageSize(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP, MAXIMUM: Number(attributes.kind === "max") },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_height: x.height,
        x_width: x.width,
        y: y.offset,
        y_image: y.imageStride,
        y_quads: quadsOf(y.channels),
        y_height: y.height,
        y_width: y.width,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
