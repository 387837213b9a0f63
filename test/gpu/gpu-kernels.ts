/** Compiles for a GPU with kernels of one's choice, wherever they can compute a convolution. */
import { compile } from "../../src/compiler/compile.ts";
import type { CompilerInput } from "../../src/compiler/options.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { withChoices } from "../../src/compiler/variants.ts";
import type { Choices, SeenSite } from "../../src/compiler/variants.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { LOWER_TABLE } from "../compiler/graphs.ts";

/** Kernels of the families that only GPUs have. */
export const GPU_KERNELS = [
  "pointwise-shared",
  "pointwise-split",
  "direct-split",
  "winograd",
] as const;

/** The sites of a graph on a device, with the variants of each. */
export function sitesOf(graph: Graph, traits: DeviceTraits): SeenSite[] {
  const seen: SeenSite[] = [];
  const watching = withChoices(LOWER_TABLE, {}, (site) => void seen.push(site));
  // The kernels of the core may need more workgroups in a row.
  compile(graph, { ...traits, maxWorkgroupsPerDimension: 65_535 }, {}, watching);
  return seen;
}

/**
 * A plan of variant number `index`, counted round, of a kernel at each site that has some.
 * @returns null where there is no such site
 */
export function planWith(
  graph: Graph,
  traits: DeviceTraits,
  kernel: string,
  index = 0,
  input: CompilerInput = {},
): Plan | null {
  const choices: Choices = Object.fromEntries(
    sitesOf(graph, traits).flatMap(({ key, variants }) => {
      const own = variants.filter((variant) => variant.kernel === kernel);
      return own.length > 0 ? [[key, own[index % own.length]]] : [];
    }),
  );
  if (Object.keys(choices).length === 0) return null;
  return compile(graph, traits, input, withChoices(LOWER_TABLE, choices));
}
