/** Darknet's classifiers: their `.cfg` files, written as functions. */
import { Writer } from "../darknet/writer.ts";
import type { Section } from "../darknet/section.ts";
import { cspDarknet53, cspResNet50, darknet53, resNet50 } from "./darknet-backbones.ts";
import type { ResNetOptions } from "./darknet-backbones.ts";

/** Global average, then one 1x1 convolution as the classifier. */
function classify(net: Writer, classes: number): Section[] {
  net.add("avgpool");
  net.output(classes);
  net.add("softmax");
  return net.sections;
}

export function darknet53Classifier(classes: number): Section[] {
  const net = new Writer(256);
  darknet53(net);
  return classify(net, classes);
}

export function cspDarknet53Classifier(classes: number, activation: string): Section[] {
  const net = new Writer(256, activation);
  cspDarknet53(net);
  return classify(net, classes);
}

/** The classifier comes before the global average. */
export function resNet50Classifier(
  classes: number,
  options: ResNetOptions,
  averageLast: boolean,
): Section[] {
  const net = new Writer(256);
  resNet50(net, options);
  if (!averageLast) return classify(net, classes);
  net.output(classes);
  net.add("avgpool");
  net.add("softmax");
  return net.sections;
}

export function cspResNet50Classifier(classes: number, options: ResNetOptions): Section[] {
  const net = new Writer(256);
  cspResNet50(net, options);
  return classify(net, classes);
}

/** Krizhevsky, Sutskever, Hinton, NeurIPS 2012, as in `alexnet.cfg`: no groups, no LRN. */
export function alexNetClassifier(classes: number): Section[] {
  const net = new Writer(227, "relu");
  const conv = (filters: number, size: number) => net.conv(filters, size, { norm: false });
  const pool = () => net.maxpool(3, 2, { padding: 0 });
  net.add("convolutional", { filters: 96, size: 11, stride: 4, activation: "relu" });
  pool();
  conv(256, 5);
  pool();
  conv(384, 3);
  conv(384, 3);
  conv(256, 3);
  pool();
  for (let i = 0; i < 2; i++) {
    net.add("connected", { output: 4096, activation: "relu" });
    net.add("dropout");
  }
  net.add("connected", { output: classes, activation: "linear" });
  net.add("softmax");
  net.add("cost");
  return net.sections;
}

/** Huang, Liu, van der Maaten, Weinberger, arXiv 1608.06993, table 1, as in `densenet201.cfg`: each convolution is followed, not preceded, by its norm. */
export function denseNet201Classifier(classes: number): Section[] {
  const net = new Writer(256);
  const depths = [6, 12, 48, 32];
  const transitions = [128, 256, 512];
  net.conv(64, 7, { stride: 2 });
  net.maxpool(2, 2);
  depths.forEach((depth, stage) => {
    for (let i = 0; i < depth; i++) {
      net.conv(128, 1);
      net.conv(32, 3);
      net.route(-1, -3);
    }
    if (stage < transitions.length) {
      net.conv(transitions[stage], 1);
      net.maxpool(2, 2);
    }
  });
  net.output(classes);
  net.add("avgpool");
  net.add("softmax");
  net.add("cost");
  return net.sections;
}

/** MobileNetV2 (arXiv 1801.04381) as in `mobilenet-v2.cfg`: the stage of 64 is not strided, that of 96 is. */
const MOBILENET_V2 = [
  { expanded: 32, outChannels: 16, repeats: 1, stride: 1 },
  { expanded: 96, outChannels: 24, repeats: 1, stride: 2 },
  { expanded: 144, outChannels: 24, repeats: 1, stride: 1 },
  { expanded: 144, outChannels: 32, repeats: 1, stride: 2 },
  { expanded: 192, outChannels: 32, repeats: 2, stride: 1 },
  { expanded: 192, outChannels: 64, repeats: 1, stride: 1 },
  { expanded: 384, outChannels: 64, repeats: 3, stride: 1 },
  { expanded: 384, outChannels: 96, repeats: 1, stride: 2 },
  { expanded: 576, outChannels: 96, repeats: 2, stride: 1 },
  { expanded: 576, outChannels: 160, repeats: 1, stride: 2 },
  { expanded: 960, outChannels: 160, repeats: 2, stride: 1 },
  { expanded: 960, outChannels: 320, repeats: 1, stride: 1 },
] as const;

export function mobileNetV2Classifier(classes: number): Section[] {
  const net = new Writer(224, "relu");
  net.conv(32, 3, { stride: 2 });
  let channels = 32;
  for (const { expanded, outChannels, repeats, stride } of MOBILENET_V2) {
    for (let i = 0; i < repeats; i++) {
      net.conv(expanded, 1);
      net.conv(expanded, 3, { stride, groups: expanded });
      net.linear(outChannels);
      if (channels === outChannels && stride === 1) net.shortcut(-4);
      channels = outChannels;
    }
  }
  net.conv(1280, 1);
  return classify(net, classes);
}

/**
 * CSPNet's MobileNetV2, as in `csmobilenet-v2.cfg`: half of the depthwise channels go past the
 * stage. The depthwise convolutions of the blocks double the channels.
 */
const CSP_MOBILENET_V2 = [
  { entry: 48, crossStride: 2, first: 24, expanded: 72, outChannels: 24, last: 24, repeats: 1 },
  { entry: 72, crossStride: 2, first: 32, expanded: 96, outChannels: 32, last: 32, repeats: 2 },
] as const;

/** An expansion, a depthwise convolution with twice the channels, a projection. */
function inverted(net: Writer, expanded: number, outChannels: number): void {
  net.conv(expanded, 1);
  net.conv(2 * expanded, 3, { groups: expanded });
  net.linear(outChannels);
}

/** A strided depthwise convolution that goes past the stage, and one that enters it. */
function enter(net: Writer, channels: number, outChannels: number): number {
  const start = net.conv(channels, 1);
  const cross = net.conv(channels, 3, { stride: 2, groups: channels });
  net.route(start);
  net.conv(2 * channels, 3, { stride: 2, groups: channels });
  net.linear(outChannels);
  return cross;
}

function residuals(net: Writer, expanded: number, outChannels: number, repeats: number): void {
  for (let i = 0; i < repeats; i++) {
    inverted(net, expanded, outChannels);
    net.shortcut(-4);
  }
}

export function cspMobileNetV2Classifier(classes: number): Section[] {
  const net = new Writer(224, "relu");
  const start = net.conv(32, 3, { stride: 2 });
  let cross = net.conv(16, 3, { groups: 16 });
  net.route(start);
  net.conv(32, 1);
  net.conv(32, 3, { groups: 32 });
  net.linear(16);
  net.route(net.last, cross);
  for (const { entry, first, expanded, outChannels, repeats } of CSP_MOBILENET_V2) {
    cross = enter(net, entry, first);
    residuals(net, expanded, outChannels, repeats);
    if (entry === 48) net.route(net.last, cross);
  }
  inverted(net, 96, 64);
  residuals(net, 192, 64, 3);
  net.route(net.last, cross);
  cross = enter(net, 192, 96);
  residuals(net, 288, 96, 2);
  net.route(net.last, cross);
  cross = enter(net, 288, 160);
  residuals(net, 480, 160, 2);
  inverted(net, 480, 320);
  net.route(net.last, cross);
  net.conv(640, 1);
  return classify(net, classes);
}

/** EfficientNet-B0 (arXiv 1905.11946) as in `enetb0.cfg`, whose widths and strides are its own. */
const ENET_B0 = [
  { expanded: 32, squeeze: 8, kernel: 3, outChannels: 16, repeats: 1, stride: 1 },
  { expanded: 96, squeeze: 16, kernel: 3, outChannels: 24, repeats: 1, stride: 2 },
  { expanded: 144, squeeze: 8, kernel: 3, outChannels: 24, repeats: 1, stride: 1 },
  { expanded: 144, squeeze: 8, kernel: 5, outChannels: 40, repeats: 1, stride: 2 },
  { expanded: 192, squeeze: 16, kernel: 5, outChannels: 40, repeats: 1, stride: 1 },
  { expanded: 192, squeeze: 16, kernel: 3, outChannels: 80, repeats: 1, stride: 1 },
  { expanded: 384, squeeze: 24, kernel: 3, outChannels: 80, repeats: 2, stride: 1 },
  { expanded: 384, squeeze: 24, kernel: 5, outChannels: 112, repeats: 1, stride: 2 },
  { expanded: 576, squeeze: 32, kernel: 5, outChannels: 112, repeats: 2, stride: 1 },
  { expanded: 576, squeeze: 32, kernel: 5, outChannels: 192, repeats: 1, stride: 2 },
  { expanded: 960, squeeze: 64, kernel: 5, outChannels: 192, repeats: 3, stride: 1 },
  { expanded: 960, squeeze: 64, kernel: 3, outChannels: 320, repeats: 1, stride: 1 },
] as const;

export function efficientNetB0Classifier(classes: number): Section[] {
  const net = new Writer(224, "swish");
  net.conv(32, 3, { stride: 2 });
  let [channels, block] = [32, -1];
  for (const { expanded, squeeze, kernel, outChannels, repeats, stride } of ENET_B0) {
    for (let i = 0; i < repeats; i++) {
      net.conv(expanded, 1);
      const filtered = net.conv(expanded, kernel, { stride, groups: expanded });
      net.add("avgpool");
      net.conv(squeeze, 1, { norm: false });
      net.conv(expanded, 1, { norm: false, activation: "logistic" });
      net.add("scale_channels", { from: filtered - net.last - 1 });
      net.linear(outChannels);
      if (channels === outChannels && stride === 1) {
        net.add("dropout");
        net.shortcut(block);
      }
      channels = outChannels;
      block = net.last;
    }
  }
  net.conv(1280, 1);
  net.add("avgpool");
  net.add("dropout");
  net.output(classes);
  net.add("softmax");
  return net.sections;
}
