/** Conversion between element types (ONNX Cast). */
import { mapElements } from "./operand.ts";
import type { Evaluate } from "./operand.ts";

const LARGEST = 2 ** 31 - 1;

/** Float to int32 drops the fraction and saturates (NaN gives 0); to bool, all but 0 is true. */
export const cast: Evaluate<"cast"> = ({ inputs: [x], attributes }) => {
  switch (attributes.to) {
    case "float32":
      return [new Float64Array(x.data)];
    case "int32":
      return [mapElements(x.data, (v) => Math.min(Math.max(Math.trunc(v), ~LARGEST), LARGEST))];
    case "bool":
      return [mapElements(x.data, (v) => Number(v !== 0))];
  }
};
