/** The shapes of a file's inputs: sizes that it leaves open, and how they hang together. */
import { ShapeError } from "../../graph/errors.ts";
import { formatShape } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { ValueInfoProto } from "./proto.ts";

/** Some exporters write these for every size that they do not know: they are no names. */
const NAMELESS = /^(None|\W*)$/;

/**
 * The shape of each input: what the caller gives, else that of the file. A symbolic size is the
 * same wherever its name stands; a batch that nobody gives is 1.
 * @throws ShapeError when a size stays unknown, or a name would have two sizes
 */
export function shapesOfInputs(
  inputs: readonly ValueInfoProto[],
  given: ReadonlyMap<string, Shape>,
  where: string,
): Map<string, Shape> {
  const sizes = new Map<string, { readonly size: number; readonly input: string }>();
  for (const { name, shape } of inputs) {
    const known = given.get(name);
    if (known && shape && known.length !== shape.length) {
      throw new ShapeError(
        `${where}: input "${name}" has rank ${shape.length}, but inputShapes gives ${formatShape(known)}`,
      );
    }
    known?.forEach((size, axis) => {
      const parameter = shape?.[axis].parameter ?? "";
      if (NAMELESS.test(parameter)) return;
      const before = sizes.get(parameter);
      if (before && before.size !== size) {
        throw new ShapeError(
          `${where}: input "${name}" has ${size} on axis ${axis} ("${parameter}"), ` +
            `but "${parameter}" of input "${before.input}" is ${before.size}`,
        );
      }
      sizes.set(parameter, { size, input: name });
    });
  }
  for (const { name, shape } of inputs) {
    const batch = given.has(name) ? undefined : shape?.at(0);
    if (!batch || batch.value > 0 || NAMELESS.test(batch.parameter)) continue;
    if (!sizes.has(batch.parameter)) sizes.set(batch.parameter, { size: 1, input: name });
  }
  const shapes = inputs.map(({ name, shape }): [string, Shape] => {
    const known = given.get(name);
    if (known) return [name, known];
    if (!shape) {
      throw new ShapeError(
        `${where}: input "${name}" has no shape in the file; give it in inputShapes`,
      );
    }
    const resolved = shape.map(({ value, parameter }, axis) => {
      const size = value > 0 ? value : (sizes.get(parameter)?.size ?? (axis === 0 ? 1 : null));
      if (size !== null) return size;
      throw new ShapeError(
        `${where}: input "${name}" has no size on axis ${axis}${parameter && ` ("${parameter}")`}; ` +
          `give its shape in inputShapes`,
      );
    });
    return [name, resolved];
  });
  return new Map(shapes);
}
