/** Variants of the kernels whose invocations differ in nothing but how they share the work. */
import type { Family } from "./family.ts";
import { isSelected } from "./tiles.ts";

/** Invocations of a workgroup, and how many of them share a sum. */
const SOFTWARE = [
  [4, 1],
  [8, 1],
  [32, 1],
] as const;

const GPU = [
  [128, 16],
  [32, 1],
  [64, 1],
  [64, 8],
  [64, 32],
  [128, 32],
  [256, 16],
  [256, 64],
] as const;

export const linearLanes: Family = {
  kernel: "linear",
  variantsOf(site, device) {
    if (site.op !== "linear" && !isSelected(site, "linear")) return [];
    return (device.software ? SOFTWARE : GPU)
      .filter(([workgroup]) => workgroup <= device.maxInvocationsPerWorkgroup)
      .map(([workgroup, split]) => ({ kernel: "linear", workgroup, split }));
  },
};

export const groupedLanes: Family = {
  kernel: "grouped",
  variantsOf(site, device) {
    if (!isSelected(site, "grouped")) return [];
    return (device.software ? [64, 8, 16] : [64, 32, 128])
      .filter((workgroup) => workgroup <= device.maxInvocationsPerWorkgroup)
      .map((workgroup) => ({ kernel: "grouped", workgroup }));
  },
};
