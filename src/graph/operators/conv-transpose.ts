/** Shape rule of convTranspose2d. */
import { ShapeError } from "../errors.ts";
import { sizeOf } from "../tensor.ts";
import { checkBias, checkWindow } from "./convolution.ts";
import { shapeOfRank } from "./operator.ts";
import type { Operator } from "./operator.ts";

/**
 * Size of a transposed convolution's output along one axis (blocks.md A2):
 * (size - 1) * stride + dilation * (kernel - 1) + 1 - padding, where `padding` is that of both sides
 * less the output padding.
 */
export function transposedSize(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: number,
): number {
  return (size - 1) * stride + dilation * (kernel - 1) + 1 - padding;
}

export const convTranspose2d: Operator<"convTranspose2d"> = {
  arity: [2, 3],
  infer(application) {
    const { where, attributes } = application;
    const x = shapeOfRank(application, 0, 4);
    const weight = shapeOfRank(application, 1, 4);
    const { stride, padding, outputPadding, dilation, groups } = attributes;
    checkWindow(where, { stride, padding, outputPadding, dilation });
    if (!Number.isInteger(groups) || groups < 1 || x[1] % groups || weight[0] !== x[1]) {
      throw new ShapeError(
        `${where}: weight has ${weight[0]} channels and x ${x[1]}, ` +
          `expected as many, in ${groups} equal groups`,
      );
    }
    const channels = weight[1] * groups;
    checkBias(where, application.inputs[2]?.shape, channels);
    const size = [0, 1].map((axis) => {
      const pads = padding[axis] + padding[axis + 2] - outputPadding[axis];
      return transposedSize(x[2 + axis], weight[2 + axis], stride[axis], dilation[axis], pads);
    });
    if (size.some((pixels) => pixels < 1)) {
      throw new ShapeError(
        `${where}: padding ${padding.join(",")} leaves an output of ${size.join("x")}, ` +
          `expected at least 1x1`,
      );
    }
    return [{ shape: [x[0], channels, ...size], dtype: "float32" }];
  },
  macs({ inputs: [x, weight] }) {
    return x && weight ? sizeOf(x.shape) * sizeOf(weight.shape.slice(1)) : 0;
  },
};
