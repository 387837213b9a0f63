/** Shape rules of the normalisations by statistics of x itself. */
import { ShapeError } from "../errors.ts";
import { normalizeAxis } from "../tensor.ts";
import { required, shapeOfRank } from "./operator.ts";
import type { Operator } from "./operator.ts";

export const layerNorm: Operator<"layerNorm"> = {
  arity: [1, 1],
  infer(application) {
    const { shape } = required(application, 0);
    normalizeAxis(application.attributes.axis, shape.length, application.where);
    return [{ shape, dtype: "float32" }];
  },
};

export const groupNorm: Operator<"groupNorm"> = {
  arity: [1, 1],
  infer(application) {
    const shape = shapeOfRank(application, 0, 4);
    const { groups } = application.attributes;
    if (!Number.isInteger(groups) || groups < 1 || shape[1] % groups) {
      throw new ShapeError(
        `${application.where}: ${groups} groups do not divide ${shape[1]} channels`,
      );
    }
    return [{ shape, dtype: "float32" }];
  },
};

export const localResponseNorm: Operator<"localResponseNorm"> = {
  arity: [1, 1],
  infer(application) {
    const shape = shapeOfRank(application, 0, 4);
    const { before, after } = application.attributes;
    if (![before, after].every((channels) => Number.isInteger(channels) && channels >= 0)) {
      throw new ShapeError(
        `${application.where}: a window of ${before} channels before and ${after} after is not ` +
          `valid, expected integers of at least 0`,
      );
    }
    return [{ shape, dtype: "float32" }];
  },
};
