/**
 * A whole inverted residual (Sandler et al., MobileNetV2, arXiv 1801.04381, section 3.3) in one dispatch:
 * pointwise, depthwise and pointwise convolution with the activations between them.
 */
import { invertedResidual as kernel, regionOf } from "../../shaders/conv/inverted-residual.ts";
import type { FusedNode } from "../expression.ts";
import { packBiasOf } from "../lower/convolution.ts";
import type { Lowering } from "../lower/lowering.ts";
import {
  chainBefore,
  depthwisePointwise,
  emitSeparable,
  isPointwise,
  packBlocksOf,
  stagesAt,
  windowOf,
} from "./depthwise-pointwise.ts";
import type { Convolution, SeparableMatch } from "./depthwise-pointwise.ts";
import type { Fusion, Group } from "./fusion.ts";

interface InvertedMatch extends SeparableMatch {
  readonly expand: Convolution;
  readonly expanded: readonly FusedNode[];
}

export const invertedResidual: Fusion = {
  name: "invertedResidual",
  canStore: true,
  match(anchor, uses): InvertedMatch | null {
    const rest = depthwisePointwise.match(anchor, uses) as SeparableMatch | null;
    const before = rest && chainBefore(rest.depthwise, uses);
    const expand = before?.value.producer ?? null;
    if (!rest || !before || !isPointwise(expand) || !uses.isPrivate(before.value)) return null;
    const { attributes } = rest.depthwise;
    if (!regionOf({ kernel: windowOf(rest.depthwise), attributes })) return null;
    const { stages } = before;
    const nodes = [expand, ...stages.map(({ node }) => node), ...rest.nodes];
    return { ...rest, nodes, inputs: [expand.inputs[0]!], expand, expanded: stages };
  },
  lower(lowering: Lowering, group: Group): void {
    const match = group.composite!.match as InvertedMatch;
    const { shape } = match.expand.outputs[0];
    const expand = packBlocksOf(lowering, match.expand);
    const expandBias = packBiasOf(lowering, match.expand, shape[1]);
    emitSeparable(lowering, group, match, {
      kernel,
      more: { expand, expandBias, expandedChannels: shape[1] },
      stages: { store_expanded: stagesAt(lowering, match.expanded, shape) },
      weights: [expand, expandBias],
    });
  },
};
