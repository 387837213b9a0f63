/** The CSPDarknet of YOLOv5 and YOLOX, as mmdetection builds it: a backbone without classifier. */
import type { Graph, Value } from "../../graph/graph.ts";
import { SILU } from "../activations.ts";
import { MMDETECTION_NAMES, cspLayer } from "../csp-layer.ts";
import type { CspLayerNames } from "../csp-layer.ts";
import { focus } from "../focus.ts";
import { convBnAct } from "../layers.ts";
import { spatialPyramidPooling } from "../spatial-pyramid-pooling.ts";
import { listNetwork } from "./entry.ts";
import type { Listing, NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

const YOLOX: Paper = {
  authors: "Ge, Liu, Wang, Li, Sun",
  title: "YOLOX: Exceeding YOLO Series in 2021",
  arXiv: "2107.08430",
};

/** mmdetection's `P5`: n blocks in each stage; the last one pools pyramids and adds nothing. */
const STAGES = [
  { outChannels: 128, blocks: 3, residual: true, pyramid: false },
  { outChannels: 256, blocks: 9, residual: true, pyramid: false },
  { outChannels: 512, blocks: 9, residual: true, pyramid: false },
  { outChannels: 1024, blocks: 3, residual: false, pyramid: true },
] as const;

interface CspDarknetNames {
  readonly stem: string;
  readonly stage: (i: number) => string;
  readonly pyramid: readonly [string, string];
  readonly parts: CspLayerNames;
}

const MMDETECTION: CspDarknetNames = {
  stem: "stem.conv",
  stage: (i) => `stage${i + 1}`,
  pyramid: ["conv1", "conv2"],
  parts: MMDETECTION_NAMES,
};

const OWN: CspDarknetNames = {
  stem: "stem",
  stage: (i) => `st.${i}`,
  pyramid: ["c1", "c2"],
  parts: { main: "main", short: "short", final: "final", layer: [0, 1] },
};

interface CspDarknetRow extends Listing {
  /** Factor on the blocks of each stage. */
  readonly deepen: number;
  /** Factor on the channels; the option `width` multiplies it. */
  readonly widen: number;
  readonly names: CspDarknetNames;
}

const LISTING = {
  follows: "mmdetection csp_darknet.py (P5)",
  inputSize: [640, 640],
  preprocess: "raw",
} as const;

const CHECKPOINTS = "https://download.openmmlab.com/mmdetection/v2.0/yolox";
const SMALL = {
  ...LISTING,
  weightsFrom:
    `${CHECKPOINTS}/yolox_s_8x8_300e_coco/yolox_s_8x8_300e_coco_20211121_095711-4592a793.pth, ` +
    "the tensors of `backbone`, saved as safetensors",
  deepen: 0.33,
  widen: 0.5,
  parameters: 4212672,
  macs: 5439488000,
};
const LARGE = {
  ...LISTING,
  weightsFrom:
    `${CHECKPOINTS}/yolox_l_8x8_300e_coco/yolox_l_8x8_300e_coco_20211126_140236-d3bd2b23.pth, ` +
    "the tensors of `backbone`, saved as safetensors",
  deepen: 1,
  widen: 1,
  parameters: 27075968,
  macs: 37827379200,
};

const ROWS: readonly CspDarknetRow[] = [
  { ...SMALL, id: "cspdarknet_p5_s", title: "CSPDarknet P5-s (YOLOX)", names: MMDETECTION },
  { ...LARGE, id: "cspdarknet_p5_l", title: "CSPDarknet P5-l (YOLOX)", names: MMDETECTION },
  {
    ...SMALL,
    id: "mmdet_cspdarknet_p5_s",
    title: "CSPDarknet P5-s, numbered layers",
    weightsFrom: "none published",
    names: OWN,
  },
  {
    ...LARGE,
    id: "mmdet_cspdarknet_p5_l",
    title: "CSPDarknet P5-l, numbered layers",
    weightsFrom: "none published",
    names: OWN,
  },
];

const EPSILON = 1e-3;

function cspDarknet({ id, deepen, widen, names }: CspDarknetRow, options: NetworkOptions): Graph {
  const traits = { epsilon: EPSILON, inputSize: 640 };
  const { scope, image, width } = beginNetwork(id, options, traits);
  const { layer } = names.parts;
  const channels = (count: number) => Math.floor(count * widen * width);
  const stem = scope.at(names.stem);
  const spatial = { names: layer, kernel: 3, activation: SILU };
  let x: Value = convBnAct(stem, focus(scope.at("stem"), image), {
    ...spatial,
    outChannels: channels(64),
  });
  STAGES.forEach(({ outChannels, blocks, residual, pyramid }, i) => {
    const stage = scope.at(names.stage(i));
    const wide = { outChannels: channels(outChannels), activation: SILU };
    x = convBnAct(stage.at(0), x, { ...spatial, ...wide, stride: 2 });
    if (pyramid) {
      x = spatialPyramidPooling(stage.at(1), x, { ...wide, names: names.pyramid, layer });
    }
    x = cspLayer(stage.at(pyramid ? 2 : 1), x, {
      ...wide,
      blocks: Math.max(Math.round(blocks * deepen), 1),
      residual,
      names: names.parts,
    });
  });
  scope.builder.output("features", x);
  return scope.builder.graph;
}

/** Ge et al., arXiv 2107.08430, section 2.2. [N, 3, H, W] -> features [N, 1024 widen, H/32, W/32] */
export const CSP_DARKNETS: readonly NetworkEntry[] = ROWS.map((row) =>
  listNetwork(row, YOLOX, (options = {}) => cspDarknet(row, options)),
);
