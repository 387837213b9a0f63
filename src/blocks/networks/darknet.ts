/** The registry's networks that Darknet trains and runs (AlexeyAB/darknet, WongKinYiu's CSPNet). */
import type { Graph } from "../../graph/graph.ts";
import { darknetNetwork } from "../darknet/network.ts";
import type { Section } from "../darknet/section.ts";
import { cspDarknet53, cspResNet50 } from "./darknet-backbones.ts";
import {
  alexNetClassifier,
  cspDarknet53Classifier,
  cspMobileNetV2Classifier,
  cspResNet50Classifier,
  darknet53Classifier,
  denseNet201Classifier,
  efficientNetB0Classifier,
  mobileNetV2Classifier,
  resNet50Classifier,
} from "./darknet-classifiers.ts";
import { pathAggregation, yoloV3, yoloV3Tiny, yoloV4Tiny } from "./darknet-detectors.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions, NetworkTraits } from "./options.ts";

const YOLO_V3: Paper = {
  authors: "Redmon, Farhadi",
  title: "YOLOv3: An Incremental Improvement",
  arXiv: "1804.02767",
};
const YOLO_V4: Paper = {
  authors: "Bochkovskiy, Wang, Liao",
  title: "YOLOv4: Optimal Speed and Accuracy of Object Detection",
  arXiv: "2004.10934",
};
const CSPNET: Paper = {
  authors: "Wang, Liao, Wu, Chen, Hsieh, Yeh",
  title: "CSPNet: A New Backbone that can Enhance Learning Capability of CNN",
  arXiv: "1911.11929",
};

const ALEXNET: Paper = {
  authors: "Krizhevsky, Sutskever, Hinton",
  title: "One weird trick for parallelizing convolutional neural networks",
  arXiv: "1404.5997",
};
const DENSENET: Paper = {
  authors: "Huang, Liu, van der Maaten, Weinberger",
  title: "Densely Connected Convolutional Networks",
  arXiv: "1608.06993",
};
const EFFICIENTNET: Paper = {
  authors: "Tan, Le",
  title: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
  arXiv: "1905.11946",
};
const RESNET_PAPER: Paper = {
  authors: "He, Zhang, Ren, Sun",
  title: "Deep Residual Learning for Image Recognition",
  arXiv: "1512.03385",
};
const RESNEXT_PAPER: Paper = {
  authors: "Xie, Girshick, Dollar, Tu, He",
  title: "Aggregated Residual Transformations for Deep Neural Networks",
  arXiv: "1611.05431",
};
const MOBILENET_V2: Paper = {
  authors: "Sandler, Howard, Zhu, Zhmoginov, Chen",
  title: "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
  arXiv: "1801.04381",
};

const RESNET = { bottleneck: 0.25, groups: 1 };
const RESNEXT = { bottleneck: 0.5, groups: 32 };
const CSP_RESNET = { bottleneck: 0.5, groups: 1 };
const CSP_RESNEXT = { bottleneck: 1, groups: 32 };

interface Row {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly title: string;
  readonly paper: Paper;
  readonly cfg: string;
  readonly size: number;
  readonly parameters: number;
  readonly macs: number;
  readonly sections: (classes: number) => Section[];
  /** 1000 by default. */
  readonly classes?: number;
}

const ALEXEY = "https://github.com/AlexeyAB/darknet";
const WONG = "https://github.com/WongKinYiu/CrossStagePartialNetworks";

function entry({ cfg, size, sections, classes = 1000, ...row }: Row): NetworkEntry {
  const home = /^(yolo|alexnet|densenet)/.test(cfg) ? ALEXEY : WONG;
  return {
    ...row,
    follows: `${home.slice("https://github.com/".length)} ${cfg}`,
    inputSize: [size, size],
    preprocess: "unit",
    weightsFrom: `${home} (.weights, read with its .cfg)`,
    build: (options = {}) => build(row.id, { inputSize: [size, size], classes }, sections, options),
  };
}

function build(
  id: string,
  defaults: NetworkTraits,
  sections: Row["sections"],
  options: NetworkOptions,
): Graph {
  const { image, classes } = beginNetwork(id, options, { ...defaults, width: null });
  const [batch, , height, width] = image.shape;
  return darknetNetwork(sections(classes), { name: id, batch, inputSize: [height, width] });
}

const detector = (
  id: string,
  row: Pick<Row, "title" | "paper" | "cfg" | "size" | "parameters" | "macs" | "sections">,
): Row => ({ id, classes: 80, ...row });

const classifier = (
  cfg: string,
  paper: Paper,
  [size, parameters, macs]: readonly [number, number, number],
  sections: Row["sections"],
): Row => {
  const title = cfg.replace(/\.cfg$/, "");
  const aliases = title === "alexnet" ? ["darknet_alexnet_227"] : [];
  return {
    aliases,
    id: `darknet_${title}`,
    title: `${title} (Darknet)`,
    paper,
    cfg,
    size,
    parameters,
    macs,
    sections,
  };
};

/** Detectors give the maps that enter their YOLO heads, coarse or fine first as in their files. */
const DETECTORS: readonly Row[] = [
  detector("yolov3_tiny_416", {
    title: "YOLOv3-tiny",
    paper: YOLO_V3,
    cfg: "yolov3-tiny.cfg",
    size: 416,
    parameters: 8852366,
    macs: 2782480896,
    sections: yoloV3Tiny,
  }),
  detector("yolov4_tiny_416", {
    title: "YOLOv4-tiny",
    paper: YOLO_V4,
    cfg: "yolov4-tiny.cfg",
    size: 416,
    parameters: 6056606,
    macs: 3453938176,
    sections: yoloV4Tiny,
  }),
  detector("yolov3_416", {
    title: "YOLOv3",
    paper: YOLO_V3,
    cfg: "yolov3.cfg",
    size: 416,
    parameters: 61949149,
    macs: 32932037632,
    sections: yoloV3,
  }),
  detector("yolov4_416", {
    title: "YOLOv4",
    paper: YOLO_V4,
    cfg: "yolov4.cfg",
    size: 416,
    parameters: 64363101,
    macs: 30052385792,
    sections: (classes) => pathAggregation(classes, 416, "mish", cspDarknet53),
  }),
  detector("yolov4_608", {
    title: "YOLOv4, 608 pixels",
    paper: YOLO_V4,
    cfg: "yolov4.cfg",
    size: 608,
    parameters: 64363101,
    macs: 64194741248,
    sections: (classes) => pathAggregation(classes, 608, "mish", cspDarknet53),
  }),
  detector("csresnext50_panet_spp_512", {
    title: "CSPResNeXt-50 with PANet and SPP",
    paper: CSPNET,
    cfg: "csresnext50-panet-spp-original-optimal.cfg",
    size: 512,
    parameters: 56942525,
    macs: 35645554688,
    sections: (classes) =>
      pathAggregation(classes, 512, "leaky", (net) => cspResNet50(net, CSP_RESNEXT)),
  }),
  detector("csresnet50_panet_spp_416", {
    title: "CSPResNet-50 with PANet and SPP",
    paper: CSPNET,
    cfg: "csresnet50-panet-spp.cfg",
    size: 416,
    parameters: 58328765,
    macs: 24639194112,
    sections: (classes) =>
      pathAggregation(classes, 416, "leaky", (net) => cspResNet50(net, CSP_RESNET)),
  }),
  detector("csdarknet53_panet_spp_416", {
    title: "CSPDarknet-53 with PANet and SPP",
    paper: CSPNET,
    cfg: "csdarknet53-panet-spp.cfg",
    size: 416,
    parameters: 64363101,
    macs: 30052385792,
    sections: (classes) => pathAggregation(classes, 416, "leaky", cspDarknet53),
  }),
];

const CLASSIFIERS: readonly Row[] = [
  classifier("alexnet.cfg", ALEXNET, [227, 62378344, 1135256096], alexNetClassifier),
  classifier("densenet201.cfg", DENSENET, [256, 17173160, 5424021504], denseNet201Classifier),
  classifier("csresnet50.cfg", CSPNET, [256, 21607848, 4483686400], (classes) =>
    cspResNet50Classifier(classes, CSP_RESNET),
  ),
  classifier("csresnext50.cfg", CSPNET, [256, 20557480, 3964616704], (classes) =>
    cspResNet50Classifier(classes, CSP_RESNEXT),
  ),
  classifier("csdarknet53.cfg", CSPNET, [256, 27642184, 6533652480], (classes) =>
    cspDarknet53Classifier(classes, "leaky"),
  ),
  classifier("csdarknet53-omega.cfg", CSPNET, [256, 27642184, 6533652480], (classes) =>
    cspDarknet53Classifier(classes, "mish"),
  ),
  classifier("csmobilenet-v2.cfg", CSPNET, [224, 2541424, 381778464], cspMobileNetV2Classifier),
  classifier("enetb0.cfg", EFFICIENTNET, [224, 4853720, 457458752], efficientNetB0Classifier),
  classifier("resnet50.cfg", RESNET_PAPER, [256, 22780456, 4999610368], (classes) =>
    resNet50Classifier(classes, RESNET, true),
  ),
  classifier("resnext50.cfg", RESNEXT_PAPER, [256, 22252328, 5055135744], (classes) =>
    resNet50Classifier(classes, RESNEXT, false),
  ),
  classifier("darknet53.cfg", YOLO_V3, [256, 41609928, 9285115904], darknet53Classifier),
  classifier("mobilenet-v2.cfg", MOBILENET_V2, [224, 3505960, 429111936], mobileNetV2Classifier),
];

export const DARKNETS: readonly NetworkEntry[] = [...DETECTORS, ...CLASSIFIERS].map(entry);
