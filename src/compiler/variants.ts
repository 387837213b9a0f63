/**
 * Which variants of which kernels can compute a site. Loaded where kernels are chosen: on GPUs, by
 * tables of choices, and to time them.
 */
import type { Node } from "../graph/graph.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import type { Reads } from "./cost.ts";
import type { Group } from "./fusions/fusion.ts";
import type { Choose } from "./lower/choose.ts";
import type { LowerTable } from "./lower/lower.ts";
import type { Lowering } from "./lower/lowering.ts";
import type { Variant } from "./select.ts";
import { depthwiseStrips, depthwiseTiles } from "./variants/depthwise.ts";
import type { AnyVariant, Family } from "./variants/family.ts";
import { groupedLanes, linearLanes } from "./variants/lanes.ts";
import { pointwiseSharedTiles } from "./variants/pointwise-shared.ts";
import { siteKey, siteOf } from "./variants/site.ts";
import type { Site } from "./variants/site.ts";
import { directSplits, pointwiseSplits } from "./variants/split.ts";
import { directTiles, pointwiseTiles, pooledTiles, transposedTiles } from "./variants/tiles.ts";
import { winogradTiles } from "./variants/winograd.ts";

/** A new kernel has one file in `variants/` and one row here. */
export const FAMILIES: readonly Family[] = [
  pointwiseTiles,
  directTiles,
  depthwiseStrips,
  depthwiseTiles,
  linearLanes,
  groupedLanes,
  pooledTiles,
  transposedTiles,
  pointwiseSharedTiles,
  winogradTiles,
  pointwiseSplits,
  directSplits,
];

/** Variants by the keys of sites. */
export type Choices = Readonly<Record<string, AnyVariant>>;

/** Equal variants have equal texts, whatever the order of their fields. */
export function variantText(variant: AnyVariant): string {
  const { kernel, ...shape } = variant as AnyVariant & Readonly<Record<string, unknown>>;
  const fields = Object.entries(shape).sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = fields.map(([name, value]) => (value === true ? name : `${name}=${String(value)}`));
  return [kernel, ...texts].join(" ");
}

/** All variants that can compute a site, each once; `first` first. */
export function variantsOf(site: Site, device: DeviceTraits, first: AnyVariant): AnyVariant[] {
  const all = [first, ...FAMILIES.flatMap((family) => family.variantsOf(site, device))];
  const texts = all.map(variantText);
  return all.filter((_, i) => texts.indexOf(texts[i]) === i);
}

/** What is taken where nothing was tuned: `selected`, or what a kernel beyond the core is better at. */
export function firstVariant(site: Site, device: DeviceTraits, selected: AnyVariant): AnyVariant {
  const preferred = preferredAt(site, device);
  if (preferred) return preferred.variant;
  if (!loadsPlainly(device) || !("quads" in selected)) return selected;
  const tile = { ...selected, plain: true };
  return tile;
}

function preferredAt(
  site: Site,
  device: DeviceTraits,
): { readonly family: Family; readonly variant: AnyVariant } | null {
  for (const family of FAMILIES) {
    const variant = family.prefer?.(site, device);
    if (variant) return { family, variant };
  }
  return null;
}

/**
 * How often a node evaluates its load by the kernel that is preferred to those of `select`; null where
 * none is. Tables do not count: what they choose depends on what rides, which this helps to decide.
 */
export function readsOfVariant(reader: Node, device: DeviceTraits): Reads | null {
  if (reader.op !== "conv2d") return null;
  const [output] = reader.outputs;
  const site = siteOf({ core: reader, load: null, store: [], forks: [], output });
  const preferred = preferredAt(site, device);
  return preferred?.family.reads?.(site, preferred.variant) ?? null;
}

/** Whether blocks of weights are loaded faster than broadcast: never where loads go lane by lane. */
function loadsPlainly({ costs, software }: DeviceTraits): boolean {
  return !software && Boolean(costs?.broadcast && costs.broadcast > costs.load);
}

/** Sees each site that is lowered, its variants, and what was chosen. */
export type Watch = (seen: SeenSite) => void;

export interface SeenSite {
  readonly site: Site;
  readonly key: string;
  /** The name of the node. */
  readonly node: string;
  readonly variants: readonly AnyVariant[];
  readonly chosen: AnyVariant;
}

/** Chooses by a table: what it does not have, or what is not valid at the site, is left to `select`. */
export function chooseBy(choices: Choices, watch?: Watch): Choose {
  return (lowering, group, selected) => {
    const { device } = lowering.context;
    const site = siteOf(group);
    const key = siteKey(site);
    const first = firstVariant(site, device, selected);
    const variants = variantsOf(site, device, first);
    const wanted = Object.hasOwn(choices, key) ? variantText(choices[key]) : null;
    const chosen = variants.find((variant) => variantText(variant) === wanted) ?? first;
    watch?.({ site, key, node: group.core.name, variants, chosen });
    return lowerOrPass(lowering, group, chosen);
  };
}

/** Null where the family of the variant lowers the group itself. */
function lowerOrPass(lowering: Lowering, group: Group, variant: AnyVariant): Variant | null {
  const family = FAMILIES.find(({ kernel }) => kernel === variant.kernel);
  if (!family?.lower) return variant as Variant;
  family.lower(lowering, group, variant);
  return null;
}

/** The table, by which kernels are chosen as `choices` says, and elsewhere the likely best. */
export function withChoices(table: LowerTable, choices: Choices, watch?: Watch): LowerTable {
  const { planLoads } = table;
  return {
    ...table,
    choose: chooseBy(choices, watch),
    planLoads:
      planLoads &&
      ((settled) =>
        planLoads({
          ...settled,
          readsOfVariant: (reader) => readsOfVariant(reader, settled.device),
        })),
  };
}
