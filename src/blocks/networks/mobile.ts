/** What the mobile networks share: a strided stem, a column of blocks, and a classifier. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import type { Names } from "../mobile-names.ts";
import type { Scope } from "../scope.ts";
import type { NetworkNames, Position } from "./names.ts";
import type { Placed } from "./stages.ts";

/** A 3x3 convolution that halves the image. [N, 3, H, W] -> [N, outChannels, H/2, W/2] */
export function stem(
  scope: Scope,
  image: Value,
  options: {
    readonly names: Names;
    readonly outChannels: number;
    readonly activation: UnaryAttributes;
  },
): Value {
  return convBnAct(scope, image, { ...options, kernel: 3, stride: 2 });
}

/** Applies the blocks in order, each in its scope. */
export function column<Row>(
  scope: Scope,
  x: Value,
  blocks: readonly Placed<Row>[],
  names: NetworkNames,
  apply: (scope: Scope, x: Value, block: Placed<Row>) => Value,
): Value {
  return blocks.reduce(
    (y, block, count) => apply(scope.at(names.block({ ...block, count })), y, block),
    x,
  );
}

/** Where the layer after the last block stands. */
export function afterLast<Row>(blocks: readonly Placed<Row>[]): Position {
  return { stage: blocks[blocks.length - 1].stage + 1, index: 0, count: blocks.length };
}

/** Global average pooling and a fully connected layer. [N, C, H, W] -> logits [N, classes] */
export function poolAndClassify(
  scope: Scope,
  x: Value,
  classifier: string,
  classes: number,
): Value {
  return linear(scope.at(classifier), flatten(scope, globalAveragePool(scope, x)), classes);
}
