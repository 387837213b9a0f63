/** The rarer ONNX operators, and general forms of common ones: loaded when the core does not do. */
import { convolutionNd } from "./convolution-nd.ts";
import { detection } from "./detection.ts";
import { normalization } from "./normalization.ts";
import type { Converters } from "./operators.ts";
import { poolingNd } from "./pooling-nd.ts";
import { reductions } from "./reductions.ts";
import { resizingAny } from "./resize-any.ts";
import { sampling } from "./sampling.ts";

export const MORE: Converters = {
  ...poolingNd,
  ...normalization,
  ...reductions,
  ...convolutionNd,
  ...sampling,
  ...resizingAny,
  ...detection,
};
