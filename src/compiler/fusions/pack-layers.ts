/** Packs the two layers of a gate: dense, and the second in the order of the gates. */
import type { Node } from "../../graph/graph.ts";
import { packBias } from "../../shaders/conv/weights.ts";
import { packLinear } from "../../shaders/linear/linear.ts";
import type { Packed } from "../../shaders/spec.ts";
import { constantOf } from "../lower/convolution.ts";
import type { Lowering } from "../lower/lowering.ts";
import { denseRows, orderedBias } from "./dense-rows.ts";
import type { GateMatch, Layer } from "./excitation.ts";

interface PackedLayers {
  readonly weights: readonly [Packed, Packed];
  readonly biases: readonly [Packed, Packed];
}

export function packLayers(lowering: Lowering, { layers, order }: GateMatch): PackedLayers {
  const [first, second] = layers;
  const rows = first.inputs[1]!.shape[0];
  const inOrder = Array.from({ length: rows }, (_, row) => row);
  return {
    weights: [packWeight(lowering, first, inOrder), packWeight(lowering, second, order)],
    biases: [packBiasInOrder(lowering, first, inOrder), packBiasInOrder(lowering, second, order)],
  };
}

const isInOrder = (rows: readonly number[]): boolean => rows.every((row, i) => row === i);

function packWeight(lowering: Lowering, layer: Layer, rows: readonly number[]): Packed {
  const weight = constantOf(layer, 1);
  const groups = layer.op === "conv2d" ? layer.attributes.groups : 1;
  // The packing of linear layers: what is not grouped or permuted may share theirs.
  if (groups === 1 && isInOrder(rows)) {
    return lowering.pack(weight, "linear", () => packLinear(weight));
  }
  return lowering.pack(weight, `gate ${groups} ${rows.join()}`, () =>
    packLinear(denseRows(weight, groups, rows)),
  );
}

function packBiasInOrder(lowering: Lowering, layer: Node, rows: readonly number[]): Packed {
  if (!layer.inputs[2]) return lowering.addWeights(packBias(null, rows.length));
  const bias = constantOf(layer, 2);
  const packing = isInOrder(rows) ? "bias" : `bias ${rows.join()}`;
  return lowering.pack(bias, packing, () => packBias(orderedBias(bias, rows), rows.length));
}
