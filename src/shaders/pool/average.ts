/** Contract of pool/average.wgsl. */
import type { AveragePool2dAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { configurePool, POOL_OVERRIDES, POOL_PARAMS } from "./window.ts";
import type { PoolSpec } from "./window.ts";
import source from "./average.wgsl?raw";

export type AveragePoolSpec = PoolSpec<AveragePool2dAttributes>;

export const averagePool: Kernel<AveragePoolSpec> = {
  name: "pool/average",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ...POOL_PARAMS,
    ["pad_bottom", "i32"],
    ["pad_right", "i32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: [...POOL_OVERRIDES, "COUNT_INCLUDE_PAD"],
  consts: [],
  slots: ["load_x", "store_y"],
  configure(spec, device) {
    const configuration = configurePool(spec, device);
    const COUNT_INCLUDE_PAD = Number(spec.attributes.countIncludePad);
    return {
      ...configuration,
      overrides: { ...configuration.overrides, COUNT_INCLUDE_PAD },
    };
  },
};
