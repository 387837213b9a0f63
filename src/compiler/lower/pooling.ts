/** Lowers pooling and resize. */
import { isOp } from "../../graph/rewrite.ts";
import { resizeTaps } from "../../graph/resize-coordinates.ts";
import { averagePool } from "../../shaders/pool/average.ts";
import { maxPool } from "../../shaders/pool/max.ts";
import { globalAverage } from "../../shaders/reduce/global-average.ts";
import { packTaps, resize } from "../../shaders/resize/resize.ts";
import type { Packed } from "../../shaders/spec.ts";
import type { Group } from "../fusion.ts";
import { bytesOf, emitComputation } from "./computation.ts";
import type { Lowering } from "./lowering.ts";

export function lowerPool(lowering: Lowering, group: Group): void {
  const node = group.core;
  const input = node.inputs[0]!;
  const inputs = [{ value: input, place: lowering.quads(input) }];
  if (isOp(node, "maxPool2d")) {
    const { attributes } = node;
    emitComputation(lowering, {
      group,
      kernel: maxPool,
      inputs,
      spec: ([x], y) => ({ x, y, attributes }),
    });
  } else if (isOp(node, "averagePool2d")) {
    const { attributes } = node;
    emitComputation(lowering, {
      group,
      kernel: averagePool,
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

export function lowerResize(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "resize")) return;
  const input = node.inputs[0]!;
  const { attributes } = node;
  const taps = (axis: 0 | 1): Packed =>
    lowering.addWeights(
      packTaps(resizeTaps(input.shape[2 + axis], attributes.size[axis], attributes, axis)),
    );
  const [rows, columns] = [taps(0), taps(1)];
  emitComputation(lowering, {
    group,
    kernel: resize,
    inputs: [{ value: input, place: lowering.quads(input) }],
    spec: ([x], y) => ({ x, y, rows, columns }),
    weightBytes: bytesOf(rows, columns),
  });
}
