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
}

/** A network that has begun: image [N, 3, H, W] in, logits [N, classes] to come. */
export interface Beginning {
  readonly scope: Scope;
  readonly image: Value;
  readonly classes: number;
  readonly width: number;
  /** Ends the network. */
  readonly finish: (logits: Value) => Graph;
}

/** The largest size or count that is believed: far beyond use, far below harm. */
const MAX_SIZE = 65536;

/**
 * Begins the network called `id`; the options have been checked.
 * @throws ShapeError when an option is not a positive number
 */
export function beginNetwork(id: string, options: NetworkOptions, epsilon?: number): Beginning {
  const { batch = 1, inputSize = 224, classes = 1000, width = 1 } = options;
  const [height, columns] = typeof inputSize === "number" ? [inputSize, inputSize] : inputSize;
  const sizes = { batch, "input height": height, "input width": columns, classes };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) {
      throw new ShapeError(
        `network "${id}": ${name} ${size} is not valid, expected an integer of 1 to ${MAX_SIZE}`,
      );
    }
  }
  if (!(width > 0 && width <= 64)) {
    throw new ShapeError(
      `network "${id}": width ${width} is not valid, expected more than 0, at most 64`,
    );
  }
  const builder = new GraphBuilder(id);
  return {
    scope: new Scope(builder, { epsilon }),
    image: builder.input("input", [batch, 3, height, columns]),
    classes,
    width,
    finish(logits) {
      builder.output("logits", logits);
      return builder.graph;
    },
  };
}
