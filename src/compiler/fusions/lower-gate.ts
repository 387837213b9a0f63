/** Lowers the gates of channels: mean of maps, two layers, and perhaps a softmax, in one kernel. */
import type { Value } from "../../graph/graph.ts";
import { macsOf } from "../../graph/statistics.ts";
import { gate, gateBetween } from "../../shaders/gate/gate.ts";
import { globalAverage } from "../../shaders/reduce/global-average.ts";
import { bytesOf } from "../lower/computation.ts";
import { lowerStages, nodeNames } from "../lower/fused.ts";
import type { Lowering } from "../lower/lowering.ts";
import { quadsAxes, quadsDims } from "../place.ts";
import { poolsApart } from "../select.ts";
import type { QuadsPlace } from "../storage.ts";
import type { GateMatch } from "./excitation.ts";
import type { Group } from "./fusion.ts";
import { packLayers } from "./pack-layers.ts";
import { vectorSize } from "./vectors.ts";

export function lowerGate(lowering: Lowering, group: Group): void {
  const { core, store, output } = group;
  // What comes here was matched by a fusion of gates.
  const match = group.composite!.match as GateMatch;
  const [first] = match.layers;
  const channels = vectorSize(first.inputs[0]!.shape)!;
  const squeezeChannels = vectorSize(first.outputs[0].shape)!;
  const { weights, biases } = packLayers(lowering, match);
  const branches = placesOf(lowering, match);
  const [images, outChannels] = quadsDims(output.shape)!;
  const size = 4 * gateBetween(channels, squeezeChannels, lowering.context.device);
  const name = `${core.name}.between`;
  const between = lowering.allocateQuads(name, [images, size, 1, 1], quadsAxes(4));
  const y = { offset: 0, imageStride: 0, images, channels: outChannels, height: 1, width: 1 };
  const squeezed = lowerStages(lowering, match.activations, y, [images, squeezeChannels, 1, 1]);
  const onStore = lowerStages(lowering, store, y, output.shape);
  const place = lowering.newQuads(output);
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel: gate,
    spec: {
      branches: branches.map((branch) => lowering.tensors.quads(branch.place)),
      channels,
      squeezeChannels,
      between: lowering.tensors.quads(between),
      y: lowering.tensors.quads(place),
      radix: match.radix,
      weights,
      biases,
    },
    stages: { store_squeezed: squeezed.makers, store_y: onStore.makers },
    fused: { store_squeezed: squeezed.names, store_y: onStore.names },
    reads: [
      ...branches.map(({ value, place: { storage } }) => ({ value, storage })),
      ...onStore.reads,
    ],
    writes: [
      { value: output.name, storage: place.storage, place },
      { value: name, storage: between.storage },
    ],
    weightBytes: bytesOf(...weights, ...biases),
    macs: match.nodes.reduce((sum, node) => sum + macsOf(node), 0),
  });
}

interface Place {
  readonly value: string;
  readonly place: QuadsPlace;
}

/** Where the kernel finds the branches: in their maps, or in a mean that is computed before. */
export function placesOf(
  lowering: Lowering,
  { branches, inputs }: Pick<GateMatch, "branches" | "inputs">,
): Place[] {
  const apart =
    inputs.length === 1 && poolsApart(quadsDims(inputs[0].shape)!, lowering.context.device);
  const mean = apart ? meanOf(lowering, inputs[0]) : null;
  return branches.map(({ map, first }) => {
    const place = mean ?? lowering.quads(map);
    const [, , height, width] = place.dims;
    const start = place.start + (first / 4) * height * width;
    return { value: map.name, place: { ...place, start } };
  });
}

function meanOf(lowering: Lowering, map: Value): QuadsPlace {
  const from = lowering.quads(map);
  const [images, channels] = from.dims;
  const name = `${map.name}.mean`;
  const place = lowering.allocateQuads(name, [images, channels, 1, 1], quadsAxes(4));
  lowering.emit({
    name,
    shape: [images, channels, 1, 1],
    kernel: globalAverage,
    spec: { x: lowering.tensors.quads(from), y: lowering.tensors.quads(place) },
    reads: [{ value: map.name, storage: from.storage }],
    writes: [{ value: name, storage: place.storage, place }],
  });
  return place;
}
