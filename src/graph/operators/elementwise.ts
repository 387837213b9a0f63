/** Shape rules of operators that work element by element, and of normalisation. */
import { ShapeError } from "../errors.ts";
import { broadcastShapes, formatShape, normalizeAxis, sameShape } from "../tensor.ts";
import { required } from "./operator.ts";
import type { Operator } from "./operator.ts";

export const unary: Operator<"unary"> = {
  arity: [1, 1],
  infer(application) {
    const x = required(application, 0);
    return [
      {
        shape: x.shape,
        dtype: /^(log.*Not|is)/.test(application.attributes.kind) ? "bool" : x.dtype,
      },
    ];
  },
};

const COMPARISONS = new Set([
  "equal",
  "notEqual",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
  "logicalAnd",
  "logicalOr",
]);

export const binary: Operator<"binary"> = {
  arity: [2, 2],
  infer(application) {
    const a = required(application, 0);
    const b = required(application, 1);
    const shape = broadcastShapes(a.shape, b.shape, application.where);
    const dtype = COMPARISONS.has(application.attributes.kind)
      ? "bool"
      : a.dtype === "int32" && b.dtype === "int32"
        ? "int32"
        : "float32";
    return [{ shape, dtype }];
  },
};

export const prelu: Operator<"prelu"> = {
  arity: [2, 2],
  infer(application) {
    const x = required(application, 0);
    const slope = required(application, 1);
    const shape = broadcastShapes(x.shape, slope.shape, application.where);
    if (!sameShape(shape, x.shape)) {
      throw new ShapeError(
        `${application.where}: slope of shape ${formatShape(slope.shape)} does not broadcast to ` +
          `x of ${formatShape(x.shape)}`,
      );
    }
    return [{ shape, dtype: "float32" }];
  },
};

export const where: Operator<"where"> = {
  arity: [3, 3],
  infer(application) {
    const [condition, a, b] = [0, 1, 2].map((index) => required(application, index));
    const shape = broadcastShapes(
      condition.shape,
      broadcastShapes(a.shape, b.shape, application.where),
      application.where,
    );
    return [{ shape, dtype: a.dtype }];
  },
};

export const cast: Operator<"cast"> = {
  arity: [1, 1],
  infer(application) {
    return [{ shape: required(application, 0).shape, dtype: application.attributes.to }];
  },
};

export const softmax: Operator<"softmax"> = {
  arity: [1, 1],
  infer(application) {
    const { shape } = required(application, 0);
    normalizeAxis(application.attributes.axis, shape.length, application.where);
    return [{ shape, dtype: "float32" }];
  },
};

export const batchNorm: Operator<"batchNorm"> = {
  arity: [5, 5],
  infer(application) {
    const { shape } = required(application, 0);
    for (const index of [1, 2, 3, 4]) {
      const statistic = required(application, index).shape;
      if (!sameShape(statistic, [shape[1]])) {
        throw new ShapeError(
          `${application.where}: input ${index} has shape ${formatShape(statistic)}, but x has ` +
            `${shape[1]} channels, so ${shape[1]} was expected`,
        );
      }
    }
    return [{ shape, dtype: "float32" }];
  },
};
