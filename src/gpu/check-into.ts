/** Checks the tensors that a caller gives for outputs. */
import type { Port } from "../compiler/plan.ts";
import { GraphError, ShapeError } from "../graph/errors.ts";
import { formatShape, sameShape, sizeOf } from "../graph/tensor.ts";
import type { Tensor } from "../graph/tensor.ts";

/**
 * @throws GraphError for a name that no output has, and for an output that has other rows in each
 *   run; ShapeError for another shape or type
 */
export function checkInto(outputs: readonly Port[], into: Readonly<Record<string, Tensor>>): void {
  for (const [name, tensor] of Object.entries(into)) {
    check(
      outputs.find((port) => port.name === name),
      name,
      tensor,
    );
  }
}

function check(port: Port | undefined, name: string, { shape, dtype, data }: Tensor): void {
  const given = `into: "${name}" is ${dtype} ${formatShape(shape)} of ${data.length} numbers`;
  if (!port) throw new GraphError(`${given}, but there is no such output`);
  if (port.length)
    throw new GraphError(`${given}, but how many rows it has differs from run to run`);
  const fits = port.dtype === dtype && sameShape(port.shape, shape);
  if (fits && data.length === sizeOf(shape)) return;
  throw new ShapeError(`${given}, expected ${port.dtype} ${formatShape(port.shape)}`);
}
