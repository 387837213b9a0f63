/** Lowers the pools that classifiers need. */
import { isOp } from "../../graph/rewrite.ts";
import { maxPool } from "../../shaders/pool/max.ts";
import { globalAverage } from "../../shaders/reduce/global-average.ts";
import { loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import { emitComputation, placeToRead } from "./computation.ts";
import type { Lowering } from "./lowering.ts";

export function lowerPool(lowering: Lowering, group: Group): void {
  const node = group.core;
  const input = loadedValue(group);
  const inputs = [{ value: input, place: placeToRead(lowering, group) }];
  if (isOp(node, "maxPool2d")) {
    const { attributes } = node;
    emitComputation(lowering, {
      group,
      kernel: maxPool,
      inputs,
      spec: ([x], y) => ({ x, y, attributes }),
    });
  } else {
    emitComputation(lowering, {
      group,
      kernel: globalAverage,
      inputs,
      spec: ([x], y) => ({ x, y }),
    });
  }
}
