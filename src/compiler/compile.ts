/** Compiles a graph into a plan: passes over the graph, fusion, lowering, memory, linked shaders. */
import { GraphError, ShapeError } from "../graph/errors.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { formatShape, sizeOf, stridesOf } from "../graph/tensor.ts";
import { cloneGraph, removeDeadNodes, sortNodes } from "../graph/rewrite.ts";
import { countMacs, countParameters } from "../graph/statistics.ts";
import { F32 } from "../shaders/elements.ts";
import type { Elements } from "../shaders/elements.ts";
import { packParams } from "../shaders/kernel.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import { link } from "../shaders/link.ts";
import { lengthOf } from "../shaders/spec.ts";
import type { Packed, Quads } from "../shaders/spec.ts";
import { planFusion } from "./fusion.ts";
import { foldGrid } from "./grid.ts";
import { writeInPlace } from "./in-place.ts";
import { CORE, lowerGroup } from "./lower/lower.ts";
import type { LowerTable } from "./lower/lower.ts";
import { Lowering } from "./lower/lowering.ts";
import { quadsStrides } from "./lower/views.ts";
import type { Step } from "./lower/step.ts";
import { planMemory } from "./memory.ts";
import { tableLinks } from "../shaders/table.ts";
import { switchesOf } from "./options.ts";
import type { CompilerInput } from "./options.ts";
import { expandBatchNorm } from "./passes/expand-batch-norm.ts";
import { foldBatchNorm, replaceBatchNorm } from "./passes/fold-batch-norm.ts";
import { foldConstants } from "./passes/fold-constants.ts";
import { foldPadding } from "./passes/fold-padding.ts";
import type { SwitchedPass } from "./passes/pass.ts";
import { recogniseActivations } from "./passes/recognise-activations.ts";
import { simplify } from "./passes/simplify.ts";
import type { ArenaRange, Dispatch, FlatPort, PaddingDecision, Plan, QuadsPort } from "./plan.ts";
import type { PreparedStep } from "./prepared-step.ts";
import { inputPort, outputPort, placeInputs } from "./ports.ts";
import { TensorTable } from "./storage.ts";
import type { Place } from "./storage.ts";

/** The passes that every graph needs, in their order, each with the switch that turns it off. */
const PASSES: readonly SwitchedPass[] = [
  [foldConstants, null],
  [simplify, null],
  // Before biases are folded: the + 3 of a hard-sigmoid would go into the convolution before it.
  [recogniseActivations, "activationPattern"],
  [foldPadding, "padding"],
  [foldBatchNorm, "batchNorm"],
  [replaceBatchNorm, null],
  [expandBatchNorm, null],
  [simplify, null],
];

/** All passes, in their order, that a table leads to. */
export function passesOf({ passes = [], lastPasses = [] }: LowerTable): readonly SwitchedPass[] {
  return [...passes, ...PASSES, ...lastPasses];
}

/** 4 GB of float32: the most that a binding of WebGPU can have. */
const MOST_ELEMENTS = 2 ** 30;

/**
 * The plan of a graph on a device of the given traits. Weights must be bound. A graph with operators
 * beyond the core needs the table of `loadLowerTable`.
 * @throws GraphError for what cannot run on the GPU, or not be stored in the elements; ShapeError for sizes beyond the device's limits.
 */
export function compile(
  source: Graph,
  device: DeviceTraits,
  { fuse, goal = "time", elements = F32, onPass }: CompilerInput = {},
  table: LowerTable = CORE,
): Plan {
  const switches = switchesOf({ fuse, goal });
  const graph = cloneGraph(source);
  removeDeadNodes(graph);
  sortNodes(graph);
  onPass?.(null, graph);
  const paddings: PaddingDecision[] = [];
  for (const [pass, needed] of passesOf(table)) {
    if (needed !== null && !switches[needed]) continue;
    pass.run(graph, { device, goal, paddings });
    onPass?.(pass.name, graph);
  }
  checkSizes(graph);
  elements.checkGraph?.(graph);
  const lowering = new Lowering({
    device,
    switches,
    functions: table.functions,
    binaryFiles: table.binaryFiles,
    gathers: table.gathers,
  });
  placeInputs(lowering, graph);
  const { groups, decisions } = planFusion(graph, { switches, device, goal }, table);
  for (const group of groups) lowerGroup(lowering, group, table);
  const outputs = graph.outputs.map(({ name, value, length }, i) => ({
    ...outputPort(lowering, { name, value }, source.outputs[i].value.dtype),
    ...(length && { length: outputPort(lowering, { name, value: length }, "int32").device }),
  }));
  const inputs = graph.inputs.map((value) => inputPort(lowering, value));
  const { steps, firstSteps } = lowering;
  if (switches.inPlace) writeInPlace(steps, device);
  const memory = planMemory(
    lowering.storages.filter((storage) => storage.isRoot),
    steps.length,
  );
  lowering.tensors.resolve();
  const weightQuads = placeWeights(lowering.weights);
  const vec4Bytes = 4 * elements.bytes;
  const arranged = arrangedValues(graph);
  const prepared = [...firstSteps, ...steps].map((step) => prepare(step, device));
  const shared = table.share?.(prepared) ?? prepared;
  return {
    name: graph.name,
    elements,
    inputs,
    outputs,
    dispatches: shared.map((step) => finish(step, device, elements, arranged)),
    weights: lowering.weights,
    weightBytes: weightQuads * vec4Bytes,
    arenaConstants: lowering.arenaConstants,
    arenaBytes: memory.size * vec4Bytes,
    lowerBoundBytes: memory.lowerBound * vec4Bytes,
    allocations: lowering.storages
      .filter((storage) => storage.isRoot && storage.last >= storage.first)
      .map(({ name, offset, size, first, last }) => ({
        name,
        offset: offset * vec4Bytes,
        bytes: size * vec4Bytes,
        first: Math.max(0, first + firstSteps.length),
        last: Math.min(steps.length - 1, last) + firstSteps.length,
      })),
    decisions,
    paddings,
    macs: countMacs(source),
    parameters: countParameters(source),
  };
}

/** By name, the values whose channels were moved, or that are several values of the graph. */
function arrangedValues({ nodes }: Graph): Map<string, Value> {
  const values = nodes.flatMap(({ outputs }) => outputs);
  return new Map(
    values.filter(({ lanes, parts }) => lanes ?? parts).map((value) => [value.name, value]),
  );
}

/** What no GPU could hold is refused before anything is made for it. */
function checkSizes({ inputs, nodes }: Graph): void {
  for (const { name, shape } of [...inputs, ...nodes.flatMap(({ outputs }) => outputs)]) {
    if (sizeOf(shape) <= MOST_ELEMENTS) continue;
    throw new ShapeError(
      `value "${name}" of shape ${formatShape(shape)} has ${sizeOf(shape)} elements, ` +
        `expected at most ${MOST_ELEMENTS}`,
    );
  }
}

/** Lays the constants one after the other; returns the vec4s of all. */
function placeWeights(weights: readonly Packed[]): number {
  let offset = 0;
  for (const packed of weights) {
    packed.offset = offset;
    offset += lengthOf(packed) / 4;
  }
  return offset;
}

/** The numbers of a step, now that every offset is known. */
function prepare(step: Step, device: DeviceTraits): PreparedStep {
  const stages = Object.entries(step.stages).map(
    ([slot, makers]) => [slot, makers.map((make) => make())] as const,
  );
  return {
    step,
    configuration: step.kernel.configure(step.spec as never, device),
    stages: Object.fromEntries(stages),
  };
}

/** The dispatch of a step. */
function finish(
  { step, configuration, stages }: PreparedStep,
  device: DeviceTraits,
  elements: Elements,
  arranged: ReadonlyMap<string, Value>,
): Dispatch {
  const { kernel, name } = step;
  const most = device.maxWorkgroupsPerDimension;
  const folded = foldGrid(configuration.workgroups, most);
  const { params } = configuration;
  const table = tableLinks((step.spec as { readonly x?: Quads }).x);
  const consts = { ...configuration.consts, ...table?.consts };
  const { workgroups } = folded ?? configuration;
  const imports = {
    ...elements.imports,
    ...configuration.imports,
    ...folded?.imports,
    ...table?.imports,
  };
  const linked = link(kernel, {
    consts,
    imports,
    stages,
    files: elements.files,
    uniforms: table?.uniforms,
  });
  const isFolded = folded && linked.code.includes("GRID_WIDTH");
  if (workgroups.some((count) => count > most) || (folded && !isFolded)) {
    throw new ShapeError(
      `"${name}" (${kernel.name}): ${configuration.workgroups.join(" x ")} workgroups are needed, the device allows ${most} a dimension`,
    );
  }
  const range = ({ value, storage }: Step["reads"][number]): ArenaRange => ({
    value,
    offset: storage.start * 4 * elements.bytes,
    bytes: storage.size * 4 * elements.bytes,
  });
  return {
    label: name,
    kernel: kernel.name,
    nodes: step.nodes,
    fused: step.fused,
    when: step.when,
    port: step.port,
    bindings: kernel.bindings,
    code: linked.code,
    overrides: checkFinite(step, {
      ...configuration.overrides,
      ...folded?.overrides,
      ...linked.overrides,
    }),
    params: packParams(kernel.params, params),
    stageParams: linked.uniforms.map((stage) => packParams(stage.params ?? [], stage.values ?? {})),
    workgroups,
    shape: step.shape,
    reads: step.reads.map(range),
    writes: step.writes.map((write) => ({
      ...range(write),
      layout: layoutOf(write.place),
      lanes: arranged.get(write.value)?.lanes,
      parts: arranged.get(write.value)?.parts,
    })),
    weightBytes: (step.weightBytes / 4) * elements.bytes,
    macs: step.macs,
    copy: step.copy,
  };
}

/** A file may give any number as an attribute; WGSL knows neither infinity nor NaN. */
function checkFinite<T extends Readonly<Record<string, number>>>(
  { name, kernel }: Step,
  overrides: T,
): T {
  for (const [key, value] of Object.entries(overrides)) {
    if (Number.isFinite(Math.fround(value))) continue;
    throw new GraphError(
      `"${name}" (${kernel.name}): ${key} is ${value}, expected a finite float32`,
    );
  }
  return overrides;
}

/** How a place lies in the arena, now that every offset is known. */
function layoutOf(place: Place | undefined): QuadsPort | FlatPort | undefined {
  if (!place) return undefined;
  const tensors = new TensorTable();
  const { storage, start } = place;
  const layout: QuadsPort | FlatPort =
    place.layout === "flat"
      ? { layout: "flat", tensor: tensors.flat(storage, place.shape, start) }
      : {
          layout: "quads",
          tensor: tensors.quads(place),
          start: 0,
          strides: quadsStrides(stridesOf(place.axes.map((axis) => place.dims[axis])), place.axes),
        };
  tensors.resolve();
  return layout;
}
