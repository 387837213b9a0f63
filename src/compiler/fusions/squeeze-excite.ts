/**
 * Squeeze-and-excitation: mean, layer, activation, layer, in one dispatch; the gate's function rides on
 * its store, and its product with the map on the load of whoever reads that (Hu et al., arXiv
 * 1709.01507, section 3).
 */
import type { Node, Value } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { excitationOf } from "./excitation.ts";
import type { GateMatch } from "./excitation.ts";
import type { Fusion, Uses } from "./fusion.ts";
import { lowerGate } from "./lower-gate.ts";
import { isRelabelling } from "./vectors.ts";

export const squeezeExcite: Fusion = {
  name: "squeezeExcite",
  canStore: true,
  match(anchor, uses): GateMatch | null {
    const [output] = anchor.outputs;
    const excitation = excitationOf(anchor, uses);
    if (!excitation || !isGate(output, uses)) return null;
    const outChannels = excitation.layers[1].inputs[1]!.shape[0];
    const order = Array.from({ length: outChannels }, (_, channel) => channel);
    return { ...excitation, output, radix: 1, order };
  },
  lower: lowerGate,
};

const ELEMENTWISE = new Set<Node["op"]>(["unary", "binary", "prelu", "cast"]);

/**
 * Whether vectors, or functions of them, are broadcast to maps. Others, such as the scores of a
 * classifier, come from layers that keep more than one workgroup busy.
 */
export function isGate(vector: Value, uses: Uses): boolean {
  return uses.of(vector).some((node) => {
    const [y] = node.outputs;
    const isElementwise = ELEMENTWISE.has(node.op);
    if (isElementwise && sizeOf(y.shape) > sizeOf(vector.shape)) return true;
    return (isElementwise || isRelabelling(node)) && isGate(y, uses);
  });
}
