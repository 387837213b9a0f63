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
    ["divisor", "f32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: [...POOL_OVERRIDES, "DILATION_H", "DILATION_W", "COUNT_INCLUDE_PAD"],
  consts: [],
  slots: ["load_x", "store_y"],
  holds: true,
  configure(spec, device) {
    const { overrides, params, workgroups } = configurePool(spec, device);
    const { dilation = [1, 1], countIncludePad, divisor = 0 } = spec.attributes;
    const [DILATION_H, DILATION_W] = dilation;
    return {
      overrides: {
        ...overrides,
        DILATION_H,
        DILATION_W,
        COUNT_INCLUDE_PAD: Number(countIncludePad),
      },
      params: { ...params, divisor },
      workgroups,
    };
  },
};
