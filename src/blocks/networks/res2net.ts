/** Res2Net-50 in its widths and scales. */
import type { Graph } from "../../graph/graph.ts";
import { res2NetBottleneck } from "../res2net-bottleneck.ts";
import { timm } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import type { NetworkOptions } from "./options.ts";
import { residualNetwork, stem7x7 } from "./residual.ts";

const RES2NET: Paper = {
  authors: "Gao, Cheng, Zhao, Zhang, Yang, Torr",
  title: "Res2Net: A New Multi-scale Backbone Architecture",
  arXiv: "1904.01169",
};

interface Res2NetRow {
  /** w: channels of a group in the first stage. */
  readonly width: number;
  /** s: groups. */
  readonly scale: number;
  readonly parameters: number;
  readonly macs: number;
  readonly aliases: readonly string[];
}

/** Table 1 of arXiv 1904.01169. */
const ROWS: readonly Res2NetRow[] = [
  {
    width: 26,
    scale: 4,
    parameters: 25699120,
    macs: 4255166464,
    aliases: ["timm_res2net50_26w_4s", "res2net50_26w_4s_official"],
  },
];

function res2Net(id: string, { width, scale }: Res2NetRow, options: NetworkOptions): Graph {
  return residualNetwork(
    id,
    {
      depths: [3, 4, 6, 3],
      stem: (scope, image) => stem7x7(scope, image),
      block: (scope, x, { index, planes, stride, dilation, firstDilation }) =>
        res2NetBottleneck(scope, x, {
          width: Math.floor((planes * width) / 64),
          scale,
          outChannels: 4 * planes,
          stride,
          dilation,
          firstDilation,
          isFirst: index === 0,
        }),
    },
    options,
  );
}

/** Gao et al., arXiv 1904.01169. [N, 3, H, W] -> logits [N, classes] */
export const RES2NETS: readonly NetworkEntry[] = ROWS.map((row) => {
  const { width, scale, aliases, parameters, macs } = row;
  const id = `res2net50_${width}w_${scale}s`;
  return {
    id,
    aliases,
    title: `Res2Net-50 ${width}w ${scale}s`,
    paper: RES2NET,
    ...timm("res2net.py", `${id}.in1k`),
    parameters,
    macs,
    build: (options: NetworkOptions = {}) => res2Net(id, row, options),
  };
});
