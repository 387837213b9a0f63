/** Shape rules of pooling and resize. */
import { ShapeError } from "../errors.ts";
import { checkWindow } from "./convolution.ts";
import { shapeOfRank } from "./operator.ts";
import type { Application, Operator, ValueType } from "./operator.ts";

/** Size along one axis (blocks.md A5); in ceil mode no window starts in the padding at the end. */
export function pooledSize(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
  ceilMode: boolean,
): number {
  const steps = (size + before + after - dilation * (kernel - 1) - 1) / stride;
  const pooled = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
  return ceilMode && (pooled - 1) * stride >= size + before ? pooled - 1 : pooled;
}

function infer(application: Application<"maxPool2d" | "averagePool2d">): ValueType[] {
  const { where, attributes } = application;
  const x = shapeOfRank(application, 0, 4);
  const { kernel, stride, padding, ceilMode } = attributes;
  const dilation = "dilation" in attributes ? attributes.dilation : ([1, 1] as const);
  checkWindow(where, { kernel, stride, padding, dilation });
  const [height, width] = [0, 1].map((axis) =>
    pooledSize(
      x[2 + axis],
      kernel[axis],
      stride[axis],
      dilation[axis],
      padding[axis],
      padding[2 + axis],
      ceilMode,
    ),
  );
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `${where}: a ${kernel.join("x")} window with padding ${padding.join(",")} does not fit ` +
        `into x of ${x[2]}x${x[3]}`,
    );
  }
  return [{ shape: [x[0], x[1], height, width], dtype: "float32" }];
}

export const maxPool2d: Operator<"maxPool2d"> = { arity: [1, 1], infer };
export const averagePool2d: Operator<"averagePool2d"> = { arity: [1, 1], infer };

export const globalAveragePool: Operator<"globalAveragePool"> = {
  arity: [1, 1],
  infer(application) {
    const x = shapeOfRank(application, 0, 4);
    return [{ shape: [x[0], x[1], 1, 1], dtype: "float32" }];
  },
};

export const resize: Operator<"resize"> = {
  arity: [1, 1],
  infer(application) {
    const { where, attributes } = application;
    const x = shapeOfRank(application, 0, 4);
    const { size } = attributes;
    if (size.some((pixels) => !Number.isInteger(pixels) || pixels < 1)) {
      throw new ShapeError(
        `${where}: size ${size.join("x")} is not valid, expected integers of at least 1`,
      );
    }
    return [{ shape: [x[0], x[1], ...size], dtype: "float32" }];
  },
};
