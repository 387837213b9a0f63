/** Darknet's detectors: their `.cfg` files, written as functions. */
import type { Section } from "../darknet/section.ts";
import { Writer } from "../darknet/writer.ts";
import { darknet53 } from "./darknet-backbones.ts";
import type { Stages } from "./darknet-backbones.ts";

/** 3 anchors, each with 4 numbers of a box, 1 of an object and the classes. */
function head(net: Writer, classes: number): void {
  net.output(3 * (5 + classes));
  net.yolo();
}

/** A 1x1 convolution and a nearest-neighbour enlargement. */
function enlarge(net: Writer, filters: number): number {
  net.conv(filters, 1);
  return net.add("upsample", { stride: 2 });
}

/** Convolutions of 1x1 and 3x3 in turn, `count` in all. */
function alternate(net: Writer, filters: number, count: number): void {
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) net.conv(filters, 1);
    else net.conv(2 * filters, 3);
  }
}

/** `yolov3-tiny.cfg` */
export function yoloV3Tiny(classes: number): Section[] {
  const net = new Writer(416);
  for (const filters of [16, 32, 64, 128]) {
    net.conv(filters, 3);
    net.maxpool(2, 2);
  }
  const fine = net.conv(256, 3);
  net.maxpool(2, 2);
  net.conv(512, 3);
  net.maxpool(2, 1);
  net.conv(1024, 3);
  const coarse = net.conv(256, 1);
  net.conv(512, 3);
  head(net, classes);
  net.route(coarse);
  net.route(enlarge(net, 128), fine);
  net.conv(256, 3);
  head(net, classes);
  return net.sections;
}

/** CSPNet's tiny stage: half of a 3x3 convolution's channels pass through two more. */
function tinyStage(net: Writer, channels: number): number {
  const whole = net.conv(channels, 3);
  net.add("route", { layers: -1, groups: 2, group_id: 1 });
  const first = net.conv(channels / 2, 3);
  const second = net.conv(channels / 2, 3);
  net.route(second, first);
  const joined = net.conv(channels, 1);
  net.route(whole, joined);
  net.maxpool(2, 2);
  return joined;
}

/** `yolov4-tiny.cfg`: Bochkovskiy, Wang, Liao, arXiv 2004.10934; Wang et al., arXiv 2011.08036 */
export function yoloV4Tiny(classes: number): Section[] {
  const net = new Writer(416);
  net.conv(32, 3, { stride: 2 });
  net.conv(64, 3, { stride: 2 });
  tinyStage(net, 64);
  tinyStage(net, 128);
  const fine = tinyStage(net, 256);
  net.conv(512, 3);
  const coarse = net.conv(256, 1);
  net.conv(512, 3);
  head(net, classes);
  net.route(coarse);
  net.route(enlarge(net, 128), fine);
  net.conv(256, 3);
  head(net, classes);
  return net.sections;
}

/** `yolov3.cfg`: Redmon, Farhadi, arXiv 1804.02767 */
export function yoloV3(classes: number): Section[] {
  const net = new Writer(416);
  const [, , fine, middle] = darknet53(net);
  alternate(net, 512, 6);
  head(net, classes);
  for (const [filters, skip] of [
    [256, middle],
    [128, fine],
  ]) {
    net.route(-4);
    net.route(enlarge(net, filters), skip);
    alternate(net, filters, 6);
    head(net, classes);
  }
  return net.sections;
}

/** Spatial pyramid pooling: the input beside its maxima over 5, 9 and 13 pixels. */
function pyramidPooling(net: Writer): void {
  const input = net.last;
  const pools = [5, 9, 13].map((size, i) => {
    if (i > 0) net.route(input);
    return net.maxpool(size, 1);
  });
  net.route(...pools.reverse(), input);
}

/** A detector with the path aggregation neck of YOLOv4 on the last three stages of a backbone. */
export function pathAggregation(
  classes: number,
  size: number,
  activation: string,
  backbone: (net: Writer) => Stages,
): Section[] {
  const net = new Writer(size, activation);
  const stages = backbone(net);
  const [fineSkip, middleSkip] = stages.slice(-3);
  net.activation = "leaky";
  alternate(net, 512, 3);
  pyramidPooling(net);
  alternate(net, 512, 3);
  const coarse = net.last;
  const [middle, fine] = [
    [256, middleSkip],
    [128, fineSkip],
  ].map(([filters, skip]) => {
    const enlarged = enlarge(net, filters);
    net.route(skip);
    net.conv(filters, 1);
    net.route(net.last, enlarged);
    alternate(net, filters, 5);
    return net.last;
  });
  net.conv(256, 3);
  head(net, classes);
  net.route(fine);
  for (const [filters, skip] of [
    [256, middle],
    [512, coarse],
  ]) {
    net.conv(filters, 3, { stride: 2 });
    net.route(-1, skip);
    alternate(net, filters, 6);
    head(net, classes);
    if (filters === 256) net.route(-4);
  }
  return net.sections;
}
