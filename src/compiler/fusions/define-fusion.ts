/** Fusions from outside of the package: a pattern, a kernel, and what the kernel is told of a match. */
import { GraphError } from "../../graph/errors.ts";
import type { Node } from "../../graph/graph.ts";
import { formatShape } from "../../graph/tensor.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { ALL_FUSIONS } from "../options.ts";
import { checkSlots } from "./check-slots.ts";
import { claimNodes } from "./claim.ts";
import type { DefinedMatch } from "./claim.ts";
import type {
  DefinedFusion,
  FusionChoices,
  FusionParts,
  MatchFusion,
  PatternFusion,
} from "./definition.ts";
import { lowerDefined } from "./lower-defined.ts";
import { matchPattern } from "./pattern.ts";
import type { NamedNodes, Pattern } from "./pattern.ts";

type AnyParts = FusionParts<NamedNodes, unknown, unknown> &
  (
    | { readonly pattern: Pattern }
    | { readonly match: MatchFusion<NamedNodes, unknown, unknown>["match"] }
  );

/**
 * A fusion for `load(model, { fusions: [...] })`, tried before those of the package. It sees the
 * graph after the passes: batch norms, padding and the like are part of the convolutions.
 *
 * @throws GraphError when the name is taken, or the pattern cannot match; ShaderError when the
 *   kernel lacks a slot. When a model is loaded: GraphError when `match` claims what others read
 */
export function defineFusion<const P extends Pattern, Spec, Candidate = object>(
  definition: PatternFusion<P, Spec, Candidate>,
): DefinedFusion<Candidate>;
export function defineFusion<Nodes extends NamedNodes, Spec, Candidate = object>(
  definition: MatchFusion<Nodes, Spec, Candidate>,
): DefinedFusion<Candidate>;
export function defineFusion(definition: object): DefinedFusion {
  const parts = definition as AnyParts;
  checkName(parts.name);
  if ("pattern" in parts) checkPattern(parts.name, parts.pattern);
  if (typeof parts.kernel !== "function") checkSlots(parts, parts.kernel);
  return fusionOf(parts, {});
}

function fusionOf(parts: AnyParts, choices: FusionChoices<unknown>): DefinedFusion {
  const { name, kernel, stages = {}, candidates } = parts;
  const riding = Object.values(stages).flat();
  const canStore = typeof kernel === "function" ? false : kernel.slots.includes("store_y");
  const fusion: DefinedFusion = {
    name,
    canStore: parts.canStore ?? canStore,
    siteOf,
    candidatesOf({ named }, device) {
      const known = typeof candidates === "function" ? candidates(named, device) : candidates;
      if (known?.length === 0) throw new GraphError(`fusion "${name}": there are no candidates`);
      return known ?? [{}];
    },
    match(anchor, uses) {
      const named =
        "pattern" in parts ? matchPattern(parts.pattern, anchor, uses) : parts.match(anchor, uses);
      const match = named && claimNodes({ name, anchor, uses, named, riding });
      return match && choices[siteOf(match)] === null ? null : match;
    },
    lower(lowering, group) {
      const match = group.composite!.match as DefinedMatch;
      const candidate = chooseCandidate(match, lowering.context.device);
      lowerDefined(lowering, group, { parts, match, candidate });
    },
    withChoices: (more) => fusionOf(parts, { ...choices, ...more }),
  };
  const chooseCandidate = (match: DefinedMatch, device: DeviceTraits): unknown => {
    const known = fusion.candidatesOf(match, device);
    const site = siteOf(match);
    if (!(site in choices)) return known[0];
    const chosen = known.find((one) => JSON.stringify(one) === JSON.stringify(choices[site]));
    if (chosen !== undefined) return chosen;
    throw new GraphError(
      `fusion "${name}": ${JSON.stringify(choices[site])} was chosen for ${site}, expected one of ` +
        JSON.stringify(known),
    );
  };
  return fusion;
}

/** `conv2d(1x3x9x7, 8x3x3x3, 8; dilation=[1,1] ...) > maxPool2d(...)` */
function siteOf({ nodes }: DefinedMatch): string {
  const text = ({ op, inputs, attributes }: Node): string => {
    const shapes = inputs.map((value) => (value ? formatShape(value.shape) : "-")).join(", ");
    const settings = Object.entries(attributes)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return `${op}(${[shapes, ...(settings.length > 0 ? [settings.join(" ")] : [])].join("; ")})`;
  };
  return nodes.map(text).join(" > ");
}

function checkName(name: string): void {
  if (name === "" || name in ALL_FUSIONS) {
    throw new GraphError(
      `fusion "${name}": expected a name that is none of ${Object.keys(ALL_FUSIONS).join(", ")}`,
    );
  }
}

function checkPattern(name: string, pattern: Pattern): void {
  const last = Object.entries(pattern).at(-1);
  if (!last) throw new GraphError(`fusion "${name}": the pattern is empty`);
  if (last[1].optional) {
    throw new GraphError(
      `fusion "${name}": the last step "${last[0]}" is optional; leave it out, element-wise nodes ` +
        'ride in the slot "store_y"',
    );
  }
}
