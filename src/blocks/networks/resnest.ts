/** ResNeSt: ResNet-D with split attention. */
import type { Graph } from "../../graph/graph.ts";
import { resNeStBottleneck } from "../resnest-bottleneck.ts";
import { listNetwork, timm } from "./entry.ts";
import type { Listing, NetworkEntry, Paper } from "./entry.ts";
import type { NetworkOptions } from "./options.ts";
import { deepStem, residualNetwork } from "./residual.ts";

const RESNEST: Paper = {
  authors: "Zhang, Wu, Zhang, Zhu, Lin, Zhang, Sun, He, Mueller, Manmatha, Li, Smola",
  title: "ResNeSt: Split-Attention Networks",
  arXiv: "2004.08955",
};

interface ResNeStRow extends Listing {
  readonly depths: readonly number[];
  /** The s, x and d of a name such as 2s1x64d. */
  readonly radix: number;
  readonly cardinality: number;
  readonly baseWidth: number;
  /** Where strides pool: "first" is the fast variant. */
  readonly averageDown: "first" | "last";
  /** Channels of the stem's first convolutions; 32 by default. */
  readonly stem?: number;
}

const DEPTHS_50 = [3, 4, 6, 3];
const PLAIN = { radix: 2, cardinality: 1, baseWidth: 64, averageDown: "last" } as const;

/** A fast variant of ResNeSt-50; checksum: that in the name of the authors' file. */
function fast(
  name: string,
  checksum: string,
  [radix, cardinality, baseWidth]: readonly [number, number, number],
): Omit<ResNeStRow, "parameters" | "macs"> {
  const id = `resnest50_fast_${name}`;
  return {
    id,
    title: `ResNeSt-50 fast ${name}`,
    depths: DEPTHS_50,
    radix,
    cardinality,
    baseWidth,
    averageDown: "first",
    follows: "zhanghang1989/ResNeSt ablation.py",
    inputSize: [224, 224],
    preprocess: "imagenet",
    weightsFrom:
      "https://github.com/zhanghang1989/ResNeSt/releases/download/weights_step1/" +
      `${id}-${checksum}.pth, saved as safetensors`,
  };
}

/** Tables 1 and 2 of arXiv 2004.08955, and the depths of timm. */
const ROWS: readonly ResNeStRow[] = [
  {
    ...timm("resnest.py", "resnest14d.gluon_in1k"),
    ...PLAIN,
    id: "resnest14d",
    aliases: ["timm_resnest14d"],
    title: "ResNeSt-14",
    depths: [1, 1, 1, 1],
    parameters: 10611688,
    macs: 2749405184,
  },
  {
    ...timm("resnest.py", "resnest26d.gluon_in1k"),
    ...PLAIN,
    id: "resnest26d",
    aliases: ["timm_resnest26d"],
    title: "ResNeSt-26",
    depths: [2, 2, 2, 2],
    parameters: 17069448,
    macs: 3623391232,
  },
  {
    ...timm("resnest.py", "resnest50d.in1k"),
    ...PLAIN,
    id: "resnest50d",
    aliases: ["timm_resnest50d", "resnest50_official"],
    title: "ResNeSt-50",
    depths: DEPTHS_50,
    parameters: 27483240,
    macs: 5371160576,
  },
  {
    ...timm("resnest.py", "resnest101e.in1k", 256),
    ...PLAIN,
    id: "resnest101e",
    aliases: ["timm_resnest101e"],
    title: "ResNeSt-101",
    depths: [3, 4, 23, 3],
    stem: 64,
    parameters: 48275016,
    macs: 13321472000,
  },
  {
    ...timm("resnest.py", "resnest200e.in1k", 320),
    ...PLAIN,
    id: "resnest200e",
    aliases: ["timm_resnest200e"],
    title: "ResNeSt-200",
    depths: [3, 24, 36, 3],
    stem: 64,
    parameters: 70201544,
    macs: 35519694848,
  },
  {
    ...timm("resnest.py", "resnest269e.in1k", 416),
    ...PLAIN,
    id: "resnest269e",
    aliases: ["timm_resnest269e"],
    title: "ResNeSt-269",
    depths: [3, 30, 48, 8],
    stem: 64,
    parameters: 110929480,
    macs: 77348702208,
  },
  { ...fast("1s1x64d", "d8fbf808", [1, 1, 64]), parameters: 26217896, macs: 4329459712 },
  { ...fast("2s1x64d", "44938639", [2, 1, 64]), parameters: 27483240, macs: 4330711040 },
  { ...fast("4s1x64d", "f74f3fc3", [4, 1, 64]), parameters: 31912712, macs: 4335112192 },
  { ...fast("1s2x40d", "32830b84", [1, 2, 40]), parameters: 25946680, macs: 4364642816 },
  { ...fast("2s2x40d", "9d126481", [2, 2, 40]), parameters: 26943792, macs: 4365622336 },
  {
    ...fast("4s2x40d", "41d14ed0", [4, 2, 40]),
    aliases: ["timm_resnest50d_4s2x40d", "resnest50d_4s2x40d"],
    parameters: 30417592,
    macs: 4369060736,
  },
  {
    ...fast("1s4x24d", "d4a4f76f", [1, 4, 24]),
    aliases: ["timm_resnest50d_1s4x24d", "resnest50d_1s4x24d"],
    parameters: 25677000,
    macs: 4399827456,
  },
];

function resNeSt(row: ResNeStRow, options: NetworkOptions): Graph {
  const { id, depths, radix, cardinality, baseWidth, averageDown, stem = 32 } = row;
  return residualNetwork(
    id,
    {
      depths,
      stem: (scope, image) => deepStem(scope, image, stem),
      inputSize: row.inputSize,
      block: (scope, x, { stage, index, planes, stride, firstDilation }) =>
        resNeStBottleneck(scope, x, {
          width: Math.floor((planes * baseWidth) / 64) * cardinality,
          outChannels: 4 * planes,
          stride,
          dilation: firstDilation,
          radix,
          cardinality,
          averageDown,
          isFirst: stage > 0 && index === 0,
        }),
    },
    options,
  );
}

/** Zhang et al., arXiv 2004.08955. [N, 3, H, W] -> logits [N, classes] */
export const RESNESTS: readonly NetworkEntry[] = ROWS.map((row) =>
  listNetwork(row, RESNEST, (options = {}) => resNeSt(row, options)),
);
