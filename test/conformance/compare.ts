/** The comparison of ONNX's own test runner: shapes and integers exactly, floats nearly. */
import type { ValueInfoProto } from "../../src/formats/onnx/proto.ts";
import { formatShape, sameShape } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";

const RELATIVE = 1e-3;
const ABSOLUTE = 1e-7;

/** TensorProto.DataType of bfloat16, which the library holds as float32, and its precision. */
const BFLOAT16 = 16;
const BFLOAT16_RELATIVE = 2 ** -8;

/**
 * The greatest absolute error of an output; 0 where both are NaN or the same infinity.
 * @throws Error that names the first element which is too far off
 */
export function compareOutput(
  { name, elementType }: Pick<ValueInfoProto, "name" | "elementType">,
  actual: Tensor,
  expected: Tensor,
): number {
  if (!sameShape(actual.shape, expected.shape)) {
    const shapes = `${formatShape(actual.shape)}, expected ${formatShape(expected.shape)}`;
    throw new Error(`output "${name}" has shape ${shapes}`);
  }
  // Integers that the model computes by way of floats are still compared exactly.
  const isFloat = expected.dtype === "float32";
  const relative = elementType === BFLOAT16 ? BFLOAT16_RELATIVE : RELATIVE;
  let greatest = 0;
  expected.data.forEach((reference, i) => {
    const y = actual.data[i];
    if (y === reference || (Number.isNaN(y) && Number.isNaN(reference))) return;
    const error = Math.abs(y - reference);
    const allowed = isFloat ? ABSOLUTE + relative * Math.abs(reference) : 0;
    if (!(error <= allowed))
      throw new Error(`output "${name}"[${i}] is ${y}, expected ${reference}`);
    greatest = Math.max(greatest, error);
  });
  return greatest;
}
