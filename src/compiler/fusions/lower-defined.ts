/** Lowers a match of a fusion from outside of the package. */
import { GraphError } from "../../graph/errors.ts";
import { macsOf } from "../../graph/statistics.ts";
import type { Kernel } from "../../shaders/kernel.ts";
import { lengthOf } from "../../shaders/spec.ts";
import type { Packed } from "../../shaders/spec.ts";
import { bytesOf } from "../lower/computation.ts";
import { lowerStages, nodeNames } from "../lower/fused.ts";
import type { LoweredStages } from "../lower/fused.ts";
import type { Lowering } from "../lower/lowering.ts";
import { quadsDims } from "../place.ts";
import type { ReadPlace, Storage } from "../storage.ts";
import { checkSlots } from "./check-slots.ts";
import type { DefinedMatch } from "./claim.ts";
import type { FusionParts, FusionSite } from "./definition.ts";
import type { FusedNode } from "../expression.ts";
import type { Group } from "./fusion.ts";
import type { NamedNodes } from "./pattern.ts";

type Parts = FusionParts<NamedNodes, unknown, unknown>;
type Site = FusionSite<NamedNodes>;

export interface Defined {
  readonly parts: Parts;
  readonly match: DefinedMatch;
  readonly candidate: unknown;
}

export function lowerDefined(lowering: Lowering, group: Group, defined: Defined): void {
  const { parts, match, candidate } = defined;
  const { core, store, output } = group;
  const kernel = typeof parts.kernel === "function" ? parts.kernel(candidate) : parts.kernel;
  checkSlots(parts, kernel);
  const weights = weightsOf(lowering, defined);
  // Only the first input may lie in pieces, where the kernel walks a table of them.
  const walks = kernel.source.includes("//#import shared/quad-of-x");
  const inputs = match.inputs.map((value, i) => ({
    value,
    place: i === 0 && walks ? lowering.read(value) : lowering.quads(value),
  }));
  const slots = Object.entries({ ...parts.stages, store_y: [] }).map(
    ([slot, names]): readonly [string, LoweredStages] => {
      const riding = names.flatMap((name) => match.riding.get(name) ?? []);
      return [slot, stagesOf(lowering, slot === "store_y" ? [...riding, ...store] : riding)];
    },
  );
  const place = lowering.newQuads(output);
  const tensors = inputs.map((input) => lowering.tensors.read(input.place));
  const site: Site = {
    nodes: match.named,
    x: tensors[0],
    inputs: tensors,
    y: lowering.tensors.quads(place),
    weights,
    candidate,
  };
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel: onSite(kernel, parts.spec),
    spec: site,
    stages: Object.fromEntries(slots.map(([slot, { makers }]) => [slot, makers])),
    fused: {
      fusion: [parts.name],
      ...Object.fromEntries(slots.map(([slot, { names }]) => [slot, names])),
    },
    reads: [
      ...inputs.flatMap((input) =>
        storagesOf(input.place).map((storage) => ({ value: input.value.name, storage })),
      ),
      ...slots.flatMap(([, { reads }]) => reads),
    ],
    writes: [{ value: output.name, storage: place.storage, place }],
    weightBytes: bytesOf(...Object.values(weights)),
    macs: match.nodes.reduce((sum, node) => sum + macsOf(node), 0),
  });
}

function storagesOf(place: ReadPlace): readonly Storage[] {
  return place.layout === "quads" ? [place.storage] : place.fragments.map(({ storage }) => storage);
}

/** The kernel, told of the site when offsets are known. */
function onSite(kernel: Kernel<unknown>, spec: Parts["spec"]): Kernel<Site> {
  return {
    ...kernel,
    configure: (site, device) => kernel.configure(spec ? spec(site) : site, device),
  };
}

/** Stages at the places of the value that they are applied to. */
function stagesOf(lowering: Lowering, riding: readonly FusedNode[]): LoweredStages {
  if (riding.length === 0) return { makers: [], reads: [], names: [] };
  const { shape } = riding[0].node.outputs[0];
  const [images, channels, height, width] = quadsDims(shape)!;
  const y = { offset: 0, imageStride: 0, images, channels, height, width };
  return lowerStages(lowering, riding, y, shape);
}

/** @throws GraphError when the numbers are not whole vec4s. */
function weightsOf(
  lowering: Lowering,
  { parts, match, candidate }: Defined,
): Readonly<Record<string, Packed>> {
  const weights = parts.weights?.(match.named, candidate) ?? {};
  for (const [name, packed] of Object.entries(weights)) {
    const length = lengthOf(packed);
    if (length === 0 || length % 4 !== 0) {
      const [anchor] = match.nodes.slice(-1);
      throw new GraphError(
        `fusion "${parts.name}" at ${anchor.op} "${anchor.name}": weights "${name}" are ${length} ` +
          "numbers, expected a multiple of 4",
      );
    }
    lowering.addWeights(packed);
  }
  return weights;
}
