/** Contract of norm/local-response.wgsl. */
import type { LocalResponseNormAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";
import source from "./local-response.wgsl?raw";

export interface LocalResponseSpec {
  readonly x: Quads;
  /** of the shape of x */
  readonly y: Quads;
  readonly attributes: LocalResponseNormAttributes;
}

const WORKGROUP = 64;

export const localResponse: Kernel<LocalResponseSpec> = {
  name: "norm/local-response",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["channels", "i32"],
    ["quads", "u32"],
    ["area", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "BEFORE", "AFTER", "ALPHA", "BETA", "BIAS"],
  consts: [],
  slots: ["load_x", "store_y"],
  configure({ x, y, attributes }, device) {
    const count = y.images * imageSize(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    // Windows beyond all channels are as good as those up to the last.
    const [before, after] = [attributes.before, attributes.after].map((channels) =>
      Math.min(channels, x.channels),
    );
    return {
      overrides: {
        WORKGROUP,
        BEFORE: before,
        AFTER: after,
        ALPHA: attributes.alpha,
        BETA: attributes.beta,
        BIAS: attributes.bias,
      },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        y: y.offset,
        y_image: y.imageStride,
        channels: x.channels,
        quads: quadsOf(x.channels),
        area: x.height * x.width,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
