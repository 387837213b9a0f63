/**
 * A pointwise convolution, what is applied to it, and the depthwise convolution that reads it, in one
 * dispatch: the first half of an inverted residual, or the two convolutions of a ghost module (Han et
 * al., GhostNet, arXiv 1911.11907, section 3.1), of which the first is stored too.
 */
import type { Node, Value } from "../../graph/graph.ts";
import { pointwiseDepthwise as kernel } from "../../shaders/conv/pointwise-depthwise.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { machineOf, workOf } from "../cost.ts";
import type { Work } from "../cost.ts";
import { fitsOneKernel } from "../elementwise-nodes.ts";
import { expressionNodes, stageNodes } from "../expression.ts";
import type { Fork } from "../expression.ts";
import type { FusionOptions } from "../options.ts";
import { bytesOf, emitComputation, placeToRead } from "../lower/computation.ts";
import { lowerFork } from "../lower/expressions.ts";
import type { Lowering } from "../lower/lowering.ts";
import { isDepthwise, isPointwise, packBoth, stagesAt, windowOf } from "./depthwise-pointwise.ts";
import type { Convolution } from "./depthwise-pointwise.ts";
import { groupNodes, loadedValue } from "./fusion.ts";
import type { Fusion, Group, Match, Merged, MergeGroups, Uses } from "./fusion.ts";
import { weighStrips } from "./strip-cost.ts";
import type { PairSizes, WeighedStrips } from "./strip-cost.ts";

/** Two groups that one kernel can compute. */
interface Pair {
  readonly first: Group & { readonly core: Convolution };
  readonly second: Group & { readonly core: Convolution };
  /** What lies between, and functions of it, that others read. */
  readonly stored: readonly Fork[];
  readonly weighed: WeighedStrips;
}

interface PairMatch extends Match, Pair {}

/** The groups of a graph, each pointwise convolution merged with a depthwise one wherever a kernel can. */
export const mergePointwiseDepthwise: MergeGroups = (groups, uses, options): Merged => {
  if (!options.switches.pointwiseDepthwise) return { groups, decisions: [] };
  const decisions: Merged["decisions"][number][] = [];
  const merged = new Map<Group, Group | null>();
  const byOutput = new Map(groups.map((group) => [group.output, group]));
  for (const second of groups) {
    const first = byOutput.get(second.core.inputs[0]!);
    if (!first || merged.has(first)) continue;
    const pair = pairOf(first, second, uses, options);
    if (!pair || !canWait(pair, groups)) continue;
    merged.set(first, null);
    merged.set(second, mergePair(pair));
    const { fused, apart } = pair.weighed;
    const [node, choice] = [first.core.name, "fused"] as const;
    decisions.push({ node, choice, load: null, fork: null, dispatch: apart, fused });
  }
  const left = groups.map((group) => merged.get(group) ?? (merged.has(group) ? null : group));
  return { groups: left.filter((group) => group !== null), decisions };
};

const fusion: Fusion = {
  name: "pointwiseDepthwise",
  canStore: true,
  // What rides on the two is settled first: `mergePointwiseDepthwise` finds them.
  match: () => null,
  lower: lowerPair,
};

function pairOf(first: Group, second: Group, uses: Uses, { device }: FusionOptions): Pair | null {
  const [pointwise, depthwise] = [first.core, second.core];
  const isPlain = !first.composite && !second.composite && !second.load;
  if (!isPlain || !isPointwise(pointwise) || !isDepthwise(depthwise)) return null;
  const stored = storedOf(first, depthwise, uses);
  const nodes = [
    ...(first.load ? expressionNodes(first.load) : []),
    ...stageNodes([...first.store, ...second.store]),
    ...[...stored, ...second.forks].flatMap(({ stages }) => stageNodes(stages)),
  ];
  if (!fitsOneKernel(nodes, stored.length + second.forks.length)) return null;
  if (stored.length > 0 && !coversMap(depthwise)) return null;
  const weighed = weighStrips(sizesOf(first, depthwise, stored.length, device), device);
  if (!weighed) return null;
  const halves = { first: { ...first, core: pointwise }, second: { ...second, core: depthwise } };
  return { ...halves, stored, weighed };
}

function sizesOf(
  { core, load, store }: Group,
  depthwise: Convolution,
  stored: number,
  device: DeviceTraits,
): PairSizes {
  const machine = machineOf(device);
  const price = ({ operands, operations }: Work): number =>
    operands * machine.operand + operations * machine.operation;
  return {
    x: core.inputs[0]!.shape,
    y: depthwise.outputs[0].shape,
    kernel: windowOf(depthwise),
    attributes: depthwise.attributes,
    onLoad: load ? price(workOf(load)) : 0,
    onBetween: price(workOf({ source: core.outputs[0], gather: null, stages: store })),
    stored,
  };
}

/** What the first of two groups stores for others than the second. */
function storedOf({ output, forks }: Group, depthwise: Node, uses: Uses): readonly Fork[] {
  const known = new Set<Node>(forks.flatMap(({ stages }) => stageNodes(stages)));
  const isRead = uses.of(output).some((node) => node !== depthwise && !known.has(node));
  return isRead || uses.isOutput(output) ? [{ stages: [], output }, ...forks] : forks;
}

/** Whether each strip of y begins at the same pixel of x, and all of x is covered. */
function coversMap({ inputs: [x], outputs: [y], attributes }: Convolution): boolean {
  const isUnit = attributes.stride.every((step) => step === 1);
  return isUnit && x!.shape[2] === y.shape[2] && x!.shape[3] === y.shape[3];
}

/** Whether nothing reads what the first group stores before the second runs. */
function canWait({ first, second, stored }: Pair, groups: readonly Group[]): boolean {
  const values = new Set<Value | null>(stored.map(({ output }) => output));
  const begin = groups.findIndex(({ output }) => output === first.output);
  const end = groups.findIndex(({ output }) => output === second.output);
  return groups
    .slice(begin + 1, Math.max(begin, end))
    .every((group) =>
      groupNodes(group).every(({ inputs }) => inputs.every((value) => !values.has(value))),
    );
}

function mergePair(pair: Pair): Group {
  const { first, second, stored } = pair;
  const between = stageNodes([...first.store, ...stored.flatMap(({ stages }) => stages)]);
  const match: PairMatch = {
    ...pair,
    nodes: [first.core, ...between, second.core],
    inputs: [loadedValue(first)],
    output: second.core.outputs[0],
  };
  return { ...second, load: first.load, composite: { fusion, match } };
}

function lowerPair(lowering: Lowering, group: Group): void {
  const match = group.composite!.match as PairMatch;
  const { first, second, stored, weighed } = match;
  const place = placeToRead(lowering, { ...group, core: first.core });
  const packs = packBoth(lowering, second.core, first.core);
  const between = stagesAt(lowering, first.store, first.output.shape);
  const forks = stored.map((fork) => lowerFork(lowering, fork));
  emitComputation(lowering, {
    group,
    kernel,
    inputs: [{ value: match.inputs[0], place }],
    slots: {
      store_between: between,
      store_z: {
        makers: forks.flatMap(({ makers }) => makers),
        names: forks.flatMap(({ names }) => names),
        reads: forks.flatMap(({ reads }) => reads),
      },
    },
    writes: forks.map(({ write }) => write),
    spec: ([x], y) => ({
      x,
      y,
      ...packs,
      kernel: windowOf(second.core),
      attributes: second.core.attributes,
      tile: weighed.tile,
      storesBetween: forks.length > 0,
    }),
    weightBytes: bytesOf(...Object.values(packs)),
  });
}
