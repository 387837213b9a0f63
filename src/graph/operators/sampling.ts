/** Shape rules of deformSample2d, shift and gridSample. */
import { ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../tensor.ts";
import type { Shape } from "../tensor.ts";
import { checkWindow, convolvedSize } from "./convolution.ts";
import { required, shapeOfRank } from "./operator.ts";
import type { Operator } from "./operator.ts";

function expectShape(where: string, what: string, shape: Shape, expected: Shape): void {
  if (!sameShape(shape, expected)) {
    throw new ShapeError(
      `${where}: ${what} has shape ${formatShape(shape)}, expected ${formatShape(expected)}`,
    );
  }
}

export const deformSample2d: Operator<"deformSample2d"> = {
  arity: [2, 3],
  infer(application) {
    const { where } = application;
    const { kernel, stride, padding, dilation, offsetGroups } = application.attributes;
    const [batch, channels, ...image] = shapeOfRank(application, 0, 4);
    const offset = shapeOfRank(application, 1, 4);
    const mask = application.inputs[2]?.shape;
    checkWindow(where, { kernel, stride, padding, dilation });
    if (!Number.isInteger(offsetGroups) || offsetGroups < 1 || channels % offsetGroups) {
      throw new ShapeError(
        `${where}: ${offsetGroups} offset groups do not divide ${channels} channels`,
      );
    }
    const size = image.map((pixels, axis) => {
      const pads = padding[axis] + padding[axis + 2];
      return convolvedSize(pixels, kernel[axis], stride[axis], dilation[axis], pads);
    });
    if (size.some((pixels) => pixels < 1)) {
      throw new ShapeError(
        `${where}: a ${kernel.join("x")} kernel does not fit into x of ${image.join("x")}`,
      );
    }
    const taps = kernel[0] * kernel[1];
    const expected = (perTap: number) => [batch, perTap * offsetGroups * taps, ...size];
    expectShape(where, "offset", offset, expected(2));
    if (mask) expectShape(where, "mask", mask, expected(1));
    return [{ shape: [batch, channels * taps, ...size], dtype: "float32" }];
  },
};

export const shift: Operator<"shift"> = {
  arity: [1, 1],
  infer(application) {
    const { kernel, dilation } = application.attributes;
    const { where } = application;
    checkWindow(where, { kernel: [kernel], dilation: [dilation] });
    if (kernel % 2 === 0) {
      throw new ShapeError(`${where}: kernel ${kernel} is not valid, expected an odd number`);
    }
    return [{ shape: shapeOfRank(application, 0, 4), dtype: "float32" }];
  },
};

export const gridSample: Operator<"gridSample"> = {
  arity: [2, 2],
  infer(application) {
    const x = required(application, 0).shape;
    const grid = required(application, 1).shape;
    const axes = x.length - 2;
    if (axes < 1 || axes > 3 || x.includes(0)) {
      throw new ShapeError(
        `${application.where}: x has shape ${formatShape(x)}, expected [N, C, ...] with 1 to 3 more axes`,
      );
    }
    const places = grid.slice(1, -1);
    const whole = grid.length === x.length ? places : new Array<number>(axes).fill(1);
    expectShape(application.where, "grid", grid, [x[0], ...whole, axes]);
    return [{ shape: [x[0], x[1], ...places], dtype: "float32" }];
  },
};
