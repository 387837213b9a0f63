/**
 * Gives convolutions that differ in their activations alone one shader, with the activation in numbers.
 * Software adapters compile a convolution for as long as a small network runs; a few products more
 * for each element that is stored are nothing beside that.
 */
import { boundedStage, UNBOUNDED } from "../shaders/activation/bounded.ts";
import type { Bounds } from "../shaders/activation/bounded.ts";
import type { Stage } from "../shaders/kernel.ts";
import type { PreparedStep } from "./prepared-step.ts";

const SLOT = "store_y";

/** WebGPU allows 8 uniform structs with dynamic offsets: that of the kernel, and two for masks and this. */
const MOST_UNIFORMS = 5;

/** A step whose last stage is an activation that numbers can tell, or that has none. */
interface Candidate {
  readonly prepared: PreparedStep;
  readonly before: readonly Stage[];
  readonly bounds: Bounds;
  /** What its shader is without the activation. */
  readonly key: string;
  readonly activation: string;
}

/** The steps, in their order. */
export function shareActivations(steps: readonly PreparedStep[]): PreparedStep[] {
  const candidates = steps.map(candidateOf);
  const groups = new Map<string, Set<string>>();
  for (const candidate of candidates) {
    if (!candidate) continue;
    const activations = groups.get(candidate.key) ?? new Set();
    groups.set(candidate.key, activations.add(candidate.activation));
  }
  return steps.map((prepared, i) => {
    const candidate = candidates[i];
    const activations = candidate ? groups.get(candidate.key)! : new Set<string>();
    if (!candidate || activations.size < 2) return prepared;
    const stage = boundedStage(candidate.bounds, activations.has(HARD_SWISH));
    return { ...prepared, stages: { ...prepared.stages, [SLOT]: [...candidate.before, stage] } };
  });
}

function candidateOf(prepared: PreparedStep): Candidate | null {
  const { step, configuration, stages } = prepared;
  const { name, slots } = step.kernel;
  if (!name.startsWith("conv/") || !slots.includes(SLOT)) return null;
  const all = stages[SLOT] ?? [];
  const last = all.at(-1);
  const known = last && boundsOf(last);
  const before = known ? all.slice(0, -1) : all;
  const others = Object.entries(stages).filter(([slot]) => slot !== SLOT);
  const uniforms = [...before, ...others.flatMap(([, list]) => list)].filter(
    ({ params }) => params,
  );
  if (uniforms.length > MOST_UNIFORMS) return null;
  const { consts, imports, overrides } = configuration;
  const key = JSON.stringify([
    name,
    consts,
    imports,
    overrides,
    shapesOf(before),
    others.map(([slot, list]) => [slot, shapesOf(list)]),
  ]);
  const activation = known ? JSON.stringify(shapesOf([last])) : "none";
  return {
    prepared,
    before,
    bounds: known ?? UNBOUNDED,
    key,
    activation: last?.name === HARD_SWISH ? HARD_SWISH : activation,
  };
}

const HARD_SWISH = "stage/hard-swish";

/** The numbers of an activation; null for others. */
function boundsOf({ name, overrides }: Stage): Bounds | null {
  switch (name) {
    case "stage/relu":
      return { ...UNBOUNDED, low: 0 };
    case "stage/relu6":
      return { ...UNBOUNDED, low: 0, high: 6 };
    case "stage/clamp":
      return { ...UNBOUNDED, low: overrides!.MIN, high: overrides!.MAX };
    case HARD_SWISH:
      return { ...UNBOUNDED, swish: 1, scale: 1 / 6 };
    default:
      return null;
  }
}

/** What of stages is in the text of a shader, or in its overrides. */
function shapesOf(stages: readonly Stage[]): unknown[] {
  return stages.map(({ name, overrides, consts, includes, slots = {} }) => {
    const inner = Object.entries(slots).map(([slot, list]) => [slot, shapesOf(list)]);
    return [name, overrides, consts, includes, inner];
  });
}
