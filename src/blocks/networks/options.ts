/** What the caller may choose of a network, and the graph that it begins with. */
import type { Pair } from "../../graph/attributes.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { ShapeError } from "../../graph/errors.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { Scope } from "../scope.ts";

export interface NetworkOptions {
  /** Images a run; 1 by default. */
  readonly batch?: number;
  /** Pixels, [h, w] or one number for both; 224 by default. */
  readonly inputSize?: number | Pair;
  /** Length of the output; 1000 by default. */
  readonly classes?: number;
  /** Factor on every channel count (the papers' alpha); 1 by default. */
  readonly width?: number;
  /**
   * The image's size over that of the last feature map. Under 32, the last strides become dilations
   * and all weights stay: the backbones of segmentation.
   */
  readonly outputStride?: number;
}

/** What sets a network apart from the others: its defaults, and what it can be asked for. */
export interface NetworkTraits {
  /** Added to the variance by every batch norm; PyTorch's 1e-5 by default. */
  readonly epsilon?: number;
  /** Convolutions are padded as TensorFlow pads them. */
  readonly samePadding?: boolean;
  readonly inputSize?: number | Pair;
  readonly classes?: number;
  /** null where there is no width multiplier. */
  readonly width?: number | null;
  /** Where widths are published one by one: all that there are. */
  readonly widths?: readonly number[];
  /** The first is the default; [32] where absent. */
  readonly outputStrides?: readonly number[];
}

/** A network that has begun: image [N, 3, H, W] in, logits [N, classes] to come. */
export interface Beginning {
  readonly scope: Scope;
  readonly image: Value;
  readonly classes: number;
  readonly width: number;
  readonly outputStride: number;
  /** Ends the network. */
  readonly finish: (logits: Value) => Graph;
}

/** The largest size or count that is believed: far beyond use, far below harm. */
const MAX_SIZE = 65536;

/** @throws ShapeError when a size or count is not a positive integer */
function checkSizes(id: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) {
      throw new ShapeError(
        `network "${id}": ${name} ${size} is not valid, expected an integer of 1 to ${MAX_SIZE}`,
      );
    }
  }
}

/** @throws ShapeError when the width is no factor, or not one that the network has */
export function checkWidth(id: string, width: number, traits: NetworkTraits): void {
  if (traits.width === null && width !== 1) {
    throw new ShapeError(`network "${id}": width ${width} given, but it has no width multiplier`);
  }
  if (traits.widths && !traits.widths.includes(width)) {
    const expected = traits.widths.join(" or ");
    throw new ShapeError(`network "${id}": width ${width} given, expected ${expected}`);
  }
  if (!(width > 0 && width <= 64)) {
    throw new ShapeError(
      `network "${id}": width ${width} is not valid, expected more than 0, at most 64`,
    );
  }
}

/**
 * Begins the network called `id`; the options have been checked.
 * @throws ShapeError when an option is not a positive number, or not one that the network has
 */
export function beginNetwork(
  id: string,
  options: NetworkOptions,
  traits: NetworkTraits = {},
): Beginning {
  const { batch = 1, inputSize = traits.inputSize ?? 224 } = options;
  const { classes = traits.classes ?? 1000, width = traits.width ?? 1 } = options;
  const { outputStrides = [32] } = traits;
  const { outputStride = outputStrides[0] } = options;
  const [height, columns] = typeof inputSize === "number" ? [inputSize, inputSize] : inputSize;
  checkSizes(id, { batch, "input height": height, "input width": columns, classes });
  checkWidth(id, width, traits);
  if (!outputStrides.includes(outputStride)) {
    const expected = outputStrides.join(" or ");
    throw new ShapeError(
      `network "${id}": output stride ${outputStride} given, expected ${expected}`,
    );
  }
  const builder = new GraphBuilder(id);
  return {
    scope: new Scope(builder, traits),
    image: builder.input("input", [batch, 3, height, columns]),
    classes,
    width,
    outputStride,
    finish(logits) {
      builder.output("logits", logits);
      return builder.graph;
    },
  };
}
