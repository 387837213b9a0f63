/** Shape rules of adaptive and cross-channel pooling, and of unpooling. */
import { ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../tensor.ts";
import { checkWindow } from "./convolution.ts";
import { required, shapeOfRank } from "./operator.ts";
import type { Operator } from "./operator.ts";

/** @throws ShapeError when a size is not a positive integer. */
function checkSize(where: string, size: readonly number[]): void {
  checkWindow(where, { size });
}

export const adaptivePool2d: Operator<"adaptivePool2d"> = {
  arity: [1, 1],
  infer(application) {
    const { size } = application.attributes;
    const [images, channels] = shapeOfRank(application, 0, 4);
    checkSize(application.where, size);
    return [{ shape: [images, channels, ...size], dtype: "float32" }];
  },
};

export const channelMaxPool: Operator<"channelMaxPool"> = {
  arity: [1, 1],
  infer(application) {
    const { where, attributes } = application;
    const [images, channels, ...image] = shapeOfRank(application, 0, 4);
    const { outChannels } = attributes;
    if (!Number.isInteger(outChannels) || outChannels < 1 || outChannels > channels) {
      throw new ShapeError(
        `${where}: outChannels is ${outChannels}, expected 1 to the ${channels} channels of x`,
      );
    }
    return [{ shape: [images, outChannels, ...image], dtype: required(application, 0).dtype }];
  },
};

export const maxUnpool2d: Operator<"maxUnpool2d"> = {
  arity: [2, 2],
  infer(application) {
    const { where, attributes } = application;
    const x = shapeOfRank(application, 0, 4);
    const indices = shapeOfRank(application, 1, 4);
    if (!sameShape(indices, x)) {
      throw new ShapeError(
        `${where}: indices have shape ${formatShape(indices)}, expected that of x, ${formatShape(x)}`,
      );
    }
    checkSize(where, attributes.size);
    return [{ shape: [x[0], x[1], ...attributes.size], dtype: required(application, 0).dtype }];
  },
};
