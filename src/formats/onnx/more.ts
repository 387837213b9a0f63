/** The rarer ONNX operators, and general forms of common ones: loaded when the core does not do. */
import type { Converters } from "./operators.ts";
import { resizingAny } from "./resize-any.ts";

export const MORE: Converters = {
  ...resizingAny,
};
