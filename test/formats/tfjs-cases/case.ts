/** Small graph models, an operator each; `test/goldens/tfjs.json` has what TensorFlow.js makes of them. */
import type { ModelSpec, NodeSpec } from "../tfjs-model.ts";

export interface TfjsCase extends ModelSpec {
  /** Finishes the sentence "the importer reads ...". */
  readonly title: string;
}

export const IMAGE = [1, 4, 5, 3];
export const SAME = {
  padding: "SAME",
  strides: [1, 1, 1, 1],
  dilations: [1, 1, 1, 1],
  data_format: "NHWC",
};

/** A model of one input x and one operator on it, called y. */
export function onInput(title: string, node: NodeSpec, rest: Partial<ModelSpec> = {}): TfjsCase {
  return { title, inputs: { x: IMAGE }, ...rest, nodes: { y: node } };
}

/** The same on the result of a convolution, c of 1x4x5x4, which is held as [N, C, H, W]. */
export function onImage(
  title: string,
  nodes: NodeSpec | Record<string, NodeSpec>,
  constants: ModelSpec["constants"] = {},
): TfjsCase {
  const rest = Array.isArray(nodes)
    ? { y: nodes as unknown as NodeSpec }
    : (nodes as Record<string, NodeSpec>);
  return {
    title: `${title} after a convolution`,
    inputs: { x: IMAGE },
    constants: { pointwise: { shape: [1, 1, 3, 4] }, ...constants },
    nodes: { c: ["Conv2D", ["x", "pointwise"], SAME], ...rest },
  };
}
