/** Shape rules of pooling and resize. */
import { ShapeError } from "../errors.ts";
import { checkWindow } from "./convolution.ts";
import { required, shapeOfRank } from "./operator.ts";
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

function infer(
  application: Application<"maxPool2d" | "maxPool2dWithIndices" | "averagePool2d">,
): ValueType[] {
  const { where, attributes } = application;
  const x = shapeOfRank(application, 0, 4);
  const { kernel, stride, padding, dilation = [1, 1], ceilMode } = attributes;
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
  const { dtype } = required(application, 0);
  return [{ shape: [x[0], x[1], height, width], dtype }];
}

export const maxPool2d: Operator<"maxPool2d"> = { arity: [1, 1], infer };

export const maxPool2dWithIndices: Operator<"maxPool2dWithIndices"> = {
  arity: [1, 1],
  infer(application) {
    const [y] = infer(application);
    return [y, { ...y, dtype: "int32" }];
  },
};

export const averagePool2d: Operator<"averagePool2d"> = {
  arity: [1, 1],
  infer(application) {
    const { divisor = 1 } = application.attributes;
    if (!divisor || !Number.isFinite(divisor)) {
      throw new ShapeError(`${application.where}: divisor ${divisor} is not valid, expected not 0`);
    }
    return infer(application).map(({ shape }) => ({ shape, dtype: "float32" }));
  },
};

export const globalAveragePool: Operator<"globalAveragePool"> = {
  arity: [1, 1],
  infer(application) {
    const x = shapeOfRank(application, 0, 4);
    return [{ shape: [x[0], x[1], 1, 1], dtype: "float32" }];
  },
};

/** Of a row or a column of a resize: the places that they come from are kept for all of them. */
const MOST_PIXELS = 2 ** 20;

export const resize: Operator<"resize"> = {
  arity: [1, 1],
  infer(application) {
    const { where, attributes } = application;
    const x = shapeOfRank(application, 0, 4);
    const { size, mode } = attributes;
    if (size.some((pixels) => !Number.isInteger(pixels) || pixels < 1 || pixels > MOST_PIXELS)) {
      throw new ShapeError(
        `${where}: size ${size.join("x")} is not valid, expected integers from 1 to ${MOST_PIXELS}`,
      );
    }
    const { dtype } = application.inputs[0]!;
    return [{ shape: [x[0], x[1], ...size], dtype: mode === "nearest" ? dtype : "float32" }];
  },
};
