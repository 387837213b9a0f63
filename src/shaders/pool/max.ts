/** Contract of pool/max.wgsl. */
import type { MaxPool2dAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { configurePool, POOL_OVERRIDES, POOL_PARAMS } from "./window.ts";
import type { PoolSpec } from "./window.ts";
import source from "./max.wgsl?raw";

export type MaxPoolSpec = PoolSpec<MaxPool2dAttributes>;

export const maxPool: Kernel<MaxPoolSpec> = {
  name: "pool/max",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [...POOL_PARAMS, ["count", "u32"], ["grid_width", "u32"]],
  overrides: [...POOL_OVERRIDES, "DILATION_H", "DILATION_W"],
  consts: [],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  holds: true,
  configure(spec, device) {
    const configuration = configurePool(spec, device);
    const [DILATION_H, DILATION_W] = spec.attributes.dilation;
    return {
      ...configuration,
      overrides: { ...configuration.overrides, DILATION_H, DILATION_W },
    };
  },
};
