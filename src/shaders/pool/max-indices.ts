/** Contract of pool/max-indices.wgsl. */
import type { MaxPool2dAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Quads } from "../spec.ts";
import { maxPool } from "./max.ts";
import type { MaxPoolSpec } from "./max.ts";
import { POOL_PARAMS } from "./window.ts";
import source from "./max-indices.wgsl?raw";

export interface MaxPoolIndicesSpec extends MaxPoolSpec {
  readonly attributes: MaxPool2dAttributes;
  /** of the shape of y */
  readonly indices: Quads;
}

export const maxPoolIndices: Kernel<MaxPoolIndicesSpec> = {
  name: "pool/max-indices",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ...POOL_PARAMS,
    ["indices", "u32"],
    ["indices_image", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: maxPool.overrides,
  consts: [],
  slots: [],
  configure(spec, device) {
    const configuration = maxPool.configure(spec, device);
    const { offset: indices, imageStride: indices_image } = spec.indices;
    return { ...configuration, params: { ...configuration.params, indices, indices_image } };
  },
};
