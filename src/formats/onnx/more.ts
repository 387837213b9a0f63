/** The rarer ONNX operators, and general forms of common ones: loaded when the core does not do. */
import { axes } from "./axes.ts";
import { casting } from "./casting.ts";
import { convolutionNd } from "./convolution-nd.ts";
import { detection } from "./detection.ts";
import { einsums } from "./einsum.ts";
import { functions } from "./functions.ts";
import { gathering } from "./gathering.ts";
import { maxPooling } from "./max-pooling.ts";
import { normalization } from "./normalization.ts";
import type { Converters } from "./operators.ts";
import { padding } from "./padding.ts";
import { poolingNd } from "./pooling-nd.ts";
import { quantization } from "./quantization.ts";
import { reductions } from "./reductions.ts";
import { resizing } from "./resize.ts";
import { resizingAny } from "./resize-any.ts";
import { sampling } from "./sampling.ts";
import { scattering } from "./scattering.ts";

export const MORE: Converters = {
  ...maxPooling,
  ...poolingNd,
  ...normalization,
  ...reductions,
  ...convolutionNd,
  ...sampling,
  ...resizing,
  ...resizingAny,
  ...functions,
  ...casting,
  ...quantization,
  ...padding,
  ...gathering,
  ...scattering,
  ...axes,
  ...einsums,
  ...detection,
};
