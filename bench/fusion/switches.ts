/** The switches of the compiler's fusions: what each is by default, and a network on which it does something. */
import type { FusionSwitches } from "../../src/index.ts";

export type SwitchName = keyof FusionSwitches;

/** What each is by default. A record, so that the type checker notices a switch that is missing here. */
export const SWITCHES: Readonly<Record<SwitchName, boolean>> = {
  batchNorm: true,
  padding: true,
  activationPattern: true,
  averagePool: true,
  flatten: true,
  focus: true,
  branches: true,
  squeezeExcite: true,
  efficientChannelAttention: true,
  splitAttention: true,
  depthwisePointwise: false,
  invertedResidual: false,
  pointwiseDepthwise: false,
  activation: true,
  residual: true,
  load: true,
  sumOnLoad: true,
  upsampleOnLoad: true,
  bilinearOnLoad: true,
  shiftOnLoad: true,
  operand: true,
  fork: true,
  distribute: true,
  channels: true,
  view: true,
  inPlace: true,
};

/** A network of the registry, or one of `graphs.ts`, whose plan each switch changes. */
export const FITTING: Readonly<Record<SwitchName, string>> = {
  batchNorm: "mobilenet_v2",
  padding: "padded",
  activationPattern: "patterns",
  averagePool: "densenet121",
  flatten: "alexnet",
  focus: "cspdarknet_p5_s",
  branches: "squeezenet1_1",
  squeezeExcite: "mobilenet_v3_small",
  efficientChannelAttention: "channelAttention",
  splitAttention: "skresnet18",
  depthwisePointwise: "mobilenet_v2",
  invertedResidual: "mobilenet_v2",
  pointwiseDepthwise: "hbonet_0.25",
  activation: "mobilenet_v2",
  residual: "mobilenet_v2",
  load: "mobilenet_v3_small",
  sumOnLoad: "hbonet_0.25",
  upsampleOnLoad: "hbonet_0.25",
  bilinearOnLoad: "pyramid",
  shiftOnLoad: "shiftresnet20_e6_c10",
  operand: "skresnet18",
  fork: "ghostnet_050",
  distribute: "ghostnet_050",
  channels: "shufflenet_v2_x1_0",
  view: "ghostnet_050",
  inPlace: "resnet50",
};

/** What is timed for `--all`: each network with the switches that fit it. */
export function fittingRuns(): { network: string; switches: SwitchName[] }[] {
  const names = Object.keys(SWITCHES) as SwitchName[];
  return [...new Set(Object.values(FITTING))].map((network) => ({
    network,
    switches: names.filter((name) => FITTING[name] === network),
  }));
}
