/** The backbones that Darknet's classifiers and detectors share. */
import type { Writer } from "../darknet/writer.ts";

/** Layers from which necks branch off: the outputs at a half, a quarter and so on of the size. */
export type Stages = readonly number[];

/** Redmon, Farhadi: YOLOv3, arXiv 1804.02767, table 1: repeats of each residual stage. */
const DARKNET53 = [
  { outChannels: 64, repeats: 1 },
  { outChannels: 128, repeats: 2 },
  { outChannels: 256, repeats: 8 },
  { outChannels: 512, repeats: 8 },
  { outChannels: 1024, repeats: 4 },
] as const;

export function darknet53(net: Writer): Stages {
  net.conv(32, 3);
  return DARKNET53.map(({ outChannels, repeats }) => {
    net.conv(outChannels, 3, { stride: 2 });
    for (let i = 0; i < repeats; i++) {
      net.conv(outChannels / 2, 1);
      net.conv(outChannels, 3);
      net.shortcut(-3);
    }
    return net.last;
  });
}

/**
 * Wang, Liao, Wu, Chen, Hsieh, Yeh: CSPNet, arXiv 1911.11929, as in `csdarknet53.cfg`: two 1x1
 * convolutions read the same layer; the first stage keeps all its channels in both.
 */
export function cspDarknet53(net: Writer): Stages {
  net.conv(32, 3);
  return DARKNET53.map(({ outChannels, repeats }, stage) => {
    const part = stage === 0 ? outChannels : outChannels / 2;
    const down = net.conv(outChannels, 3, { stride: 2 });
    const cross = net.conv(part, 1);
    net.route(down);
    net.conv(part, 1);
    for (let i = 0; i < repeats; i++) {
      net.conv(stage === 0 ? part / 2 : part, 1);
      net.conv(part, 3);
      net.shortcut(-3);
    }
    const blocks = net.conv(part, 1);
    net.route(blocks, cross);
    return net.conv(outChannels, 1);
  });
}

export interface ResNetOptions {
  /** Channels within a bottleneck, over its output's. */
  readonly bottleneck: number;
  /** Of the 3x3 convolutions. */
  readonly groups: number;
}

function stem(net: Writer): void {
  net.conv(64, 7, { stride: 2 });
  net.maxpool(2, 2);
}

/** He, Zhang, Ren, Sun, arXiv 1512.03385, table 1, as in `resnet50.cfg`: no projection shortcuts. */
export function resNet50(net: Writer, { bottleneck, groups }: ResNetOptions): void {
  stem(net);
  const stages = [3, 4, 6, 3];
  stages.forEach((repeats, stage) => {
    const outChannels = 256 * 2 ** stage;
    for (let i = 0; i < repeats; i++) {
      net.conv(outChannels * bottleneck, 1);
      net.conv(outChannels * bottleneck, 3, { stride: stage > 0 && i === 0 ? 2 : 1, groups });
      net.linear(outChannels);
      net.shortcut(-4, "leaky");
    }
  });
}

/**
 * CSPNet's residual networks, as in `csresnet50.cfg` and `csresnext50.cfg`: the first stage adds 64
 * of 128 channels, only the middle stages split without an activation.
 */
export function cspResNet50(net: Writer, { bottleneck, groups }: ResNetOptions): Stages {
  stem(net);
  const isNeXt = groups > 1;
  const depths = [3, 3, 5, 2];
  let outChannels = 0;
  return depths.map((depth, stage) => {
    const channels = 128 * 2 ** stage;
    const start = stage === 0 ? net.last : net.conv(outChannels, 3, { stride: 2, groups });
    const activation = stage === 0 || stage === 3 ? "leaky" : "linear";
    const cross = net.conv(channels, 1, { activation });
    net.route(start);
    net.conv(stage === 0 ? 64 : channels, 1, { activation });
    for (let i = 0; i < depth; i++) {
      net.conv(channels * bottleneck, 1);
      net.conv(channels * bottleneck, 3, { groups });
      net.linear(channels);
      net.shortcut(-4, "leaky");
    }
    const blocks = net.conv(channels, 1);
    net.route(blocks, cross);
    outChannels = isNeXt ? 2 * channels : channels;
    return net.conv(outChannels, 1);
  });
}
