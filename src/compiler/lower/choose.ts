/** How lowering asks for a kernel: by default it takes the one that `select` gives. */
import type { Group } from "../fusions/fusion.ts";
import type { Variant } from "../select.ts";
import type { Lowering } from "./lowering.ts";

/**
 * What a group is lowered by instead of `first`: another variant for the same operator, or null where
 * it is lowered already, by a kernel that is not in the core.
 */
export type Choose = (lowering: Lowering, group: Group, first: Variant) => Variant | null;

export const chooseFirst: Choose = (_, __, first) => first;
