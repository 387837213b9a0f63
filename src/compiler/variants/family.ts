/** What a kernel tells of itself so that it can be chosen, and timed against others. */
import type { DeviceTraits } from "../../shaders/kernel.ts";
import type { Reads } from "../cost.ts";
import type { Group } from "../fusions/fusion.ts";
import type { Lowering } from "../lower/lowering.ts";
import type { Site } from "./site.ts";

/** A kernel, by the name of its family, and what shapes it, such as a tile: numbers and booleans. */
export interface AnyVariant {
  readonly kernel: string;
}

export interface Family<V extends AnyVariant = AnyVariant> {
  readonly kernel: V["kernel"];
  /**
   * The variants that give right results at a site on a device, the likely fast ones first; none
   * where the kernel cannot compute it. Does not depend on anything else.
   */
  variantsOf(site: Site, device: DeviceTraits): readonly V[];
  /**
   * A variant that is to be taken before that of `select` where nothing was tuned, or null. Only for
   * what is known to be faster on such a device.
   */
  prefer?(site: Site, device: DeviceTraits): V | null;
  /** How often it evaluates its load at a site: of those that are preferred somewhere. */
  reads?(site: Site, variant: V): Reads;
  /** Lowers a group by a variant; absent where the core does. `emitConvolution` does most of it. */
  lower?(lowering: Lowering, group: Group, variant: V): void;
}
