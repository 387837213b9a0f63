/** Where libraries keep the weights of stem, blocks and head of a mobile network. */
import { TIMM, TORCHVISION_BLOCK, TORCHVISION_V2 } from "../mobile-names.ts";
import type { NameInvertedResidual, Names } from "../mobile-names.ts";

/** Where a block stands: in its stage, and in the network. */
export interface Position {
  readonly stage: number;
  /** Within the stage. */
  readonly index: number;
  /** How many blocks came before it. */
  readonly count: number;
}

export interface NetworkNames {
  readonly stem: Names;
  readonly block: (position: Position) => string;
  /** The convolution after the last block, which would stand at this position in a stage of its own. */
  readonly head: (position: Position) => Names;
  readonly classifier: string;
  readonly layers: NameInvertedResidual;
}

/** torchvision's `features`: one index for all blocks. */
export const TORCHVISION_FLAT: NetworkNames = {
  stem: ["features.0.0", "features.0.1"],
  block: ({ count }) => `features.${count + 1}`,
  head: ({ count }) => [`features.${count + 1}.0`, `features.${count + 1}.1`],
  // Dropout is classifier.0.
  classifier: "classifier.1",
  layers: TORCHVISION_V2,
};

/** torchvision's `features`: an index for the stage and one for the block. */
export const TORCHVISION_STAGES: NetworkNames = {
  ...TORCHVISION_FLAT,
  block: ({ stage, index }) => `features.${stage + 1}.${index}`,
  head: ({ stage }) => [`features.${stage + 1}.0`, `features.${stage + 1}.1`],
  layers: TORCHVISION_BLOCK,
};

/** timm's `efficientnet.py` and `mobilenetv3.py`. */
export const TIMM_STAGES: NetworkNames = {
  stem: ["conv_stem", "bn1"],
  block: ({ stage, index }) => `blocks.${stage}.${index}`,
  head: () => ["conv_head", "bn2"],
  classifier: "classifier",
  layers: TIMM,
};
