/** Builds a graph from the sections of a Darknet configuration. */
import { GraphBuilder } from "../../graph/builder.ts";
import { FormatError } from "../../graph/errors.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { LAYERS } from "./layers.ts";
import { Options } from "./section.ts";
import type { Section } from "./section.ts";

export interface DarknetOptions {
  /** For errors and as the graph's name. */
  readonly name?: string;
  readonly batch?: number;
  /**
   * Added to the variance by every batch norm: 1e-5 by default, as AlexeyAB/darknet does; files that were
   * trained or converted with another code may want 1e-6.
   */
  readonly epsilon?: number;
  /** [h, w] in the place of the `[net]` section's. */
  readonly inputSize?: readonly [number, number];
}

/** The names of sections that describe the network as a whole. */
const NET = ["net", "network"];

/**
 * The graph of a configuration: input [N, channels, height, width] of the `[net]` section in, out
 * `yolo0`, `yolo1` ... the maps that enter each `[yolo]` layer, before any activation, or without
 * them `logits`, what enters the `[softmax]` (or the last layer's output). Parameters are named
 * `<layer>.weight`, `.bias`, `.bn.weight` and so on, and stand in the order of a weights file.
 * @throws FormatError when a section or option is not supported
 * @throws ShapeError when layers do not fit together
 */
export function darknetNetwork(
  [net, ...sections]: readonly Section[],
  options: DarknetOptions = {},
): Graph {
  const name = options.name ?? "darknet";
  const read = (section: Section, index: number | null): Options => {
    const { type, line } = section;
    const at = index === null ? `[${type}]` : `layer ${index} [${type}]`;
    return new Options(section, `darknet "${name}": ${line ? `line ${line}: ` : ""}${at}`);
  };
  if (!net || !NET.includes(net.type)) {
    throw new FormatError(`darknet "${name}": the first section is not [net]`);
  }
  const head = read(net, null);
  const builder = new GraphBuilder(name);
  const [height, width] = options.inputSize ?? [
    head.integer("height", 0, 1),
    head.integer("width", 0, 1),
  ];
  const { epsilon = 1e-5 } = options;
  let x = builder.input("input", [
    options.batch ?? 1,
    head.integer("channels", 3, 1),
    height,
    width,
  ]);
  const outputs: Value[] = [];
  let heads = 0;
  let logits: Value | null = null;
  sections.forEach((section, index) => {
    const layer = { builder, options: read(section, index), index, input: x, outputs, epsilon };
    if (section.type === "yolo") {
      builder.output(`yolo${heads++}`, x);
    } else if (section.type === "softmax") {
      logits = x;
    } else {
      const build = Object.hasOwn(LAYERS, section.type) ? LAYERS[section.type] : null;
      x = (build ?? layer.options.fail("this kind of layer is not supported"))(layer);
    }
    outputs.push(x);
  });
  if (heads === 0) {
    const [batch, ...rest] = (logits ?? x).shape;
    const classes = rest.reduce((product, size) => product * size, 1);
    builder.output("logits", builder.reshape(logits ?? x, [batch, classes], "logits"));
  }
  return builder.graph;
}
