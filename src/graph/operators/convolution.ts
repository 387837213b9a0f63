/** Shape rules of conv2d, linear and matmul. */
import { ShapeError } from "../errors.ts";
import type { Conv2dAttributes } from "../attributes.ts";
import { broadcastShapes, formatShape, sameShape, sizeOf } from "../tensor.ts";
import type { Shape } from "../tensor.ts";
import { required, shapeOfRank } from "./operator.ts";
import type { Operator } from "./operator.ts";

/**
 * Size of a convolution's output along one axis (blocks.md A1):
 * floor((size + padding - dilation * (kernel - 1) - 1) / stride) + 1.
 */
export function convolvedSize(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: number,
): number {
  return Math.floor((size + padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** @throws ShapeError when an attribute is not a positive (or for padding a natural) integer. */
export function checkWindow(
  where: string,
  window: Partial<
    Record<
      "kernel" | "stride" | "padding" | "outputPadding" | "dilation" | "size",
      readonly number[]
    >
  >,
): void {
  for (const [name, numbers] of Object.entries(window)) {
    const least = /padding/i.test(name) ? 0 : 1;
    for (const number of numbers ?? []) {
      if (!Number.isInteger(number) || number < least) {
        throw new ShapeError(
          `${where}: ${name} ${numbers.join("x")} is not valid, expected integers of at least ${least}`,
        );
      }
    }
  }
}

function checkChannels(where: string, x: Shape, weight: Shape, groups: number): void {
  const [, channels] = x;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups || weight[0] % groups) {
    throw new ShapeError(
      `${where}: ${groups} groups do not divide ${channels} input and ${weight[0]} output channels`,
    );
  }
  if (weight[1] !== channels / groups) {
    throw new ShapeError(
      `${where}: weight has ${weight[1]} channels per group, but x has ${channels} channels ` +
        `in ${groups} groups, so ${channels / groups} was expected`,
    );
  }
}

/** @throws ShapeError when there is a bias of another shape than [channels]. */
export function checkBias(where: string, bias: Shape | undefined, channels: number): void {
  if (bias && !sameShape(bias, [channels])) {
    throw new ShapeError(
      `${where}: bias has shape ${formatShape(bias)}, but there are ${channels} output channels`,
    );
  }
}

export const conv2d: Operator<"conv2d"> = {
  arity: [2, 3],
  infer(application) {
    const { where } = application;
    const attributes: Conv2dAttributes = application.attributes;
    const x = shapeOfRank(application, 0, 4);
    const weight = shapeOfRank(application, 1, 4);
    const { stride, padding, dilation, groups } = attributes;
    checkWindow(where, { stride, padding, dilation });
    checkChannels(where, x, weight, groups);
    checkBias(where, application.inputs[2]?.shape, weight[0]);
    const height = convolvedSize(x[2], weight[2], stride[0], dilation[0], padding[0] + padding[2]);
    const width = convolvedSize(x[3], weight[3], stride[1], dilation[1], padding[1] + padding[3]);
    if (height < 1 || width < 1) {
      throw new ShapeError(
        `${where}: a ${weight[2]}x${weight[3]} kernel with dilation ${dilation.join("x")} and ` +
          `padding ${padding.join(",")} does not fit into x of ${x[2]}x${x[3]}`,
      );
    }
    return [{ shape: [x[0], weight[0], height, width], dtype: "float32" }];
  },
  macs({ inputs, attributes: { branches } }, [y]) {
    const [, ins, height, width] = inputs[1]?.shape ?? [];
    if (!branches) return sizeOf(y.shape) * ins * height * width;
    const products = branches.map(
      (branch) => branch.channels * (branch.isCentre ? 1 : height * width),
    );
    return (sizeOf(y.shape) / y.shape[1]) * ins * products.reduce((sum, count) => sum + count, 0);
  },
};

export const linear: Operator<"linear"> = {
  arity: [2, 3],
  infer(application) {
    const { where } = application;
    const x = shapeOfRank(application, 0, 2);
    const weight = shapeOfRank(application, 1, 2);
    if (weight[1] !== x[1]) {
      throw new ShapeError(`${where}: weight has ${weight[1]} input features, but x has ${x[1]}`);
    }
    checkBias(where, application.inputs[2]?.shape, weight[0]);
    return [{ shape: [x[0], weight[0]], dtype: "float32" }];
  },
  macs({ inputs }, [y]) {
    return sizeOf(y.shape) * (inputs[1]?.shape[1] ?? 0);
  },
};

export const matmul: Operator<"matmul"> = {
  arity: [2, 2],
  infer(application) {
    const a = required(application, 0).shape;
    const b = required(application, 1).shape;
    if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) {
      throw new ShapeError(
        `${application.where}: ${formatShape(a)} and ${formatShape(b)} cannot be multiplied, ` +
          `expected [..., M, K] and [..., K, P]`,
      );
    }
    const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2), application.where);
    return [{ shape: [...batch, a[a.length - 2], b[b.length - 1]], dtype: "float32" }];
  },
  macs({ inputs }, [y]) {
    return sizeOf(y.shape) * (inputs[0]?.shape.at(-1) ?? 0);
  },
};
