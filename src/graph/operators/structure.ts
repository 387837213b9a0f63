/** Shape rules of operators that move elements without computing, and of reductions over axes. */
import { ShapeError } from "../errors.ts";
import { broadcastShapes, formatShape, normalizeAxis, sameShape, sizeOf } from "../tensor.ts";
import type { Shape } from "../tensor.ts";
import { required } from "./operator.ts";
import type { Operator } from "./operator.ts";

export const concat: Operator<"concat"> = {
  arity: [1, Infinity],
  infer(application) {
    const { where } = application;
    const first = required(application, 0);
    const axis = normalizeAxis(application.attributes.axis, first.shape.length, where);
    let total = 0;
    application.inputs.forEach((_, index) => {
      const { shape } = required(application, index);
      const expected = first.shape.map((size, i) => (i === axis ? shape[axis] : size));
      if (!sameShape(shape, expected)) {
        throw new ShapeError(
          `${where}: input ${index} has shape ${formatShape(shape)}, but input 0 has ` +
            `${formatShape(first.shape)}: sizes may differ on axis ${axis} only`,
        );
      }
      total += shape[axis];
    });
    return [
      { shape: first.shape.map((size, i) => (i === axis ? total : size)), dtype: first.dtype },
    ];
  },
};

export const slice: Operator<"slice"> = {
  arity: [1, 1],
  infer(application) {
    const { where, attributes } = application;
    const x = required(application, 0);
    const shape = [...x.shape];
    attributes.axes.forEach((axis, i) => {
      const at = normalizeAxis(axis, x.shape.length, where);
      const size = x.shape[at];
      const [start, count, step] = [attributes.starts[i], attributes.sizes[i], attributes.steps[i]];
      const last = start + (count - 1) * step;
      if (
        count < 0 ||
        step === 0 ||
        (count > 0 && (Math.min(start, last) < 0 || Math.max(start, last) >= size))
      ) {
        throw new ShapeError(
          `${where}: ${count} elements from ${start} with step ${step} are outside of axis ${axis} of size ${size}`,
        );
      }
      shape[at] = count;
    });
    return [{ shape, dtype: x.dtype }];
  },
};

export const pad: Operator<"pad"> = {
  arity: [1, 1],
  infer(application) {
    const { where, attributes } = application;
    const x = required(application, 0);
    const { before, after, mode } = attributes;
    if (before.length !== x.shape.length || after.length !== x.shape.length) {
      throw new ShapeError(
        `${where}: ${before.length} paddings before and ${after.length} after, but x has rank ${x.shape.length}`,
      );
    }
    x.shape.forEach((size, axis) => {
      const most = mode === "reflect" ? size - 1 : Infinity;
      if (before[axis] < 0 || after[axis] < 0 || before[axis] > most || after[axis] > most) {
        throw new ShapeError(
          `${where}: ${mode} padding ${before[axis]},${after[axis]} does not fit axis ${axis} of size ${size}`,
        );
      }
    });
    return [
      { shape: x.shape.map((size, axis) => size + before[axis] + after[axis]), dtype: x.dtype },
    ];
  },
};

/** @throws ShapeError when a size is not a natural number. */
function checkShape(where: string, shape: Shape): void {
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return;
  throw new ShapeError(`${where}: shape ${formatShape(shape)} is not valid`);
}

export const reshape: Operator<"reshape"> = {
  arity: [1, 1],
  infer(application) {
    const x = required(application, 0);
    const { shape } = application.attributes;
    checkShape(application.where, shape);
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new ShapeError(
        `${application.where}: ${formatShape(x.shape)} has ${sizeOf(x.shape)} elements, but ` +
          `${formatShape(shape)} has ${sizeOf(shape)}`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
};

export const transpose: Operator<"transpose"> = {
  arity: [1, 1],
  infer(application) {
    const x = required(application, 0);
    const { perm } = application.attributes;
    if (
      !sameShape(
        [...perm].sort((a, b) => a - b),
        x.shape.map((_, axis) => axis),
      )
    ) {
      throw new ShapeError(
        `${application.where}: perm ${perm.join(",")} is not a permutation of the ${x.shape.length} axes of x`,
      );
    }
    return [{ shape: perm.map((axis) => x.shape[axis]), dtype: x.dtype }];
  },
};

export const expand: Operator<"expand"> = {
  arity: [1, 1],
  infer(application) {
    const x = required(application, 0);
    const { shape } = application.attributes;
    checkShape(application.where, shape);
    if (!sameShape(broadcastShapes(x.shape, shape, application.where), shape)) {
      throw new ShapeError(
        `${application.where}: ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
};

export const gather: Operator<"gather"> = {
  arity: [2, 2],
  infer(application) {
    const x = required(application, 0);
    const indices = required(application, 1);
    const axis = normalizeAxis(application.attributes.axis, x.shape.length, application.where);
    return [
      {
        shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
        dtype: x.dtype,
      },
    ];
  },
};

export const topK: Operator<"topK"> = {
  arity: [1, 1],
  infer(application) {
    const { where } = application;
    const x = required(application, 0);
    const { k } = application.attributes;
    const axis = normalizeAxis(application.attributes.axis, x.shape.length, where);
    if (!Number.isInteger(k) || k < 0 || k > x.shape[axis]) {
      throw new ShapeError(`${where}: k is ${k}, but axis ${axis} has ${x.shape[axis]} elements`);
    }
    const shape = x.shape.map((size, i) => (i === axis ? k : size));
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int32" },
    ];
  },
};

export const reduce: Operator<"reduce"> = {
  arity: [1, 1],
  infer(application) {
    const { where, attributes } = application;
    const x = required(application, 0);
    const axes = attributes.axes.map((axis) => normalizeAxis(axis, x.shape.length, where));
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    return [
      {
        shape: attributes.keepDims ? shape : shape.filter((_, axis) => !axes.includes(axis)),
        dtype: x.dtype,
      },
    ];
  },
};
