/** Res2Net and Res2NeXt in their widths, scales and depths. */
import type { Graph } from "../../graph/graph.ts";
import { res2NetBottleneck } from "../res2net-bottleneck.ts";
import { listNetwork, timm } from "./entry.ts";
import type { Listing, NetworkEntry, Paper } from "./entry.ts";
import type { NetworkOptions } from "./options.ts";
import { deepStem, residualNetwork, stem7x7 } from "./residual.ts";

const RES2NET: Paper = {
  authors: "Gao, Cheng, Zhao, Zhang, Yang, Torr",
  title: "Res2Net: A New Multi-scale Backbone Architecture",
  arXiv: "1904.01169",
};

interface Res2NetRow extends Listing {
  readonly depths: readonly number[];
  /** w: channels of a group in the first stage, over the cardinality. */
  readonly width: number;
  /** s: groups. */
  readonly scale: number;
  /** ResNeXt's cardinality in the convolution of each group; 1 by default. */
  readonly cardinality?: number;
  /** v1d: a deep stem, and pools in the shortcuts. */
  readonly variantD?: boolean;
}

const DEPTHS_50 = [3, 4, 6, 3];

/** What timm calls `name`. */
function row(
  name: string,
  title: string,
  fields: Omit<Res2NetRow, keyof Listing | "depths"> & {
    readonly depths?: readonly number[];
    readonly parameters: number;
    readonly macs: number;
  },
): Res2NetRow {
  return {
    ...timm("res2net.py", `${name}.in1k`),
    id: name,
    aliases: [`timm_${name}`],
    title,
    depths: DEPTHS_50,
    ...fields,
  };
}

/** Tables 1 and 2 of arXiv 1904.01169. */
const ROWS: readonly Res2NetRow[] = [
  {
    ...row("res2net50_26w_4s", "Res2Net-50 26w 4s", {
      width: 26,
      scale: 4,
      parameters: 25699120,
      macs: 4255166464,
    }),
    aliases: ["timm_res2net50_26w_4s", "res2net50_26w_4s_official"],
  },
  row("res2net50_48w_2s", "Res2Net-50 48w 2s", {
    width: 48,
    scale: 2,
    parameters: 25287304,
    macs: 4159832064,
  }),
  row("res2net50_14w_8s", "Res2Net-50 14w 8s", {
    width: 14,
    scale: 8,
    parameters: 25059816,
    macs: 4178898944,
  }),
  row("res2net50_26w_6s", "Res2Net-50 26w 6s", {
    width: 26,
    scale: 6,
    parameters: 37051448,
    macs: 6295523328,
  }),
  row("res2net50_26w_8s", "Res2Net-50 26w 8s", {
    width: 26,
    scale: 8,
    parameters: 48403776,
    macs: 8335880192,
  }),
  row("res2net101_26w_4s", "Res2Net-101 26w 4s", {
    depths: [3, 4, 23, 3],
    width: 26,
    scale: 4,
    parameters: 45206688,
    macs: 8066974464,
  }),
  row("res2next50", "Res2NeXt-50 4w 4s 8c", {
    width: 4,
    scale: 4,
    cardinality: 8,
    parameters: 24671464,
    macs: 4172677120,
  }),
  row("res2net50d", "Res2Net-50-D 26w 4s", {
    width: 26,
    scale: 4,
    variantD: true,
    parameters: 25718352,
    macs: 4494807040,
  }),
];

function res2Net(row: Res2NetRow, options: NetworkOptions): Graph {
  const { id, depths, width, scale, cardinality = 1, variantD = false } = row;
  return residualNetwork(
    id,
    {
      depths,
      stem: (scope, image) => (variantD ? deepStem(scope, image) : stem7x7(scope, image)),
      block: (scope, x, { index, planes, stride, dilation, firstDilation }) =>
        res2NetBottleneck(scope, x, {
          width: Math.floor((planes * width) / 64) * cardinality,
          scale,
          groups: cardinality,
          outChannels: 4 * planes,
          stride,
          dilation,
          firstDilation,
          isFirst: index === 0,
          pooledShortcut: variantD,
        }),
    },
    options,
  );
}

/** Gao et al., arXiv 1904.01169. [N, 3, H, W] -> logits [N, classes] */
export const RES2NETS: readonly NetworkEntry[] = ROWS.map((each) =>
  listNetwork(each, RES2NET, (options = {}) => res2Net(each, options)),
);
