/** The networks of the benchmark as files of each format, with one input for all engines. */
import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { network, readGraph, syntheticInput, withWeights } from "../src/index.ts";
import type { Graph, Shape } from "../src/index.ts";
import { toChannelsLast } from "./files/channels-last.ts";
import { foldBatchNorms } from "./files/fold-batch-norm.ts";
import { channelsLast } from "./files/layout.ts";
import { writeOnnx } from "./files/onnx.ts";
import { writeTfjs } from "./files/tfjs.ts";
import { writeTflite } from "./files/tflite.ts";
import type { Engine } from "./engines.ts";

/** The networks that are compared by default. */
export const COMPARED = [
  "squeezenet1_1",
  "mobilenet_v2",
  "mobilenet_v3_small",
  "mobilenet_v3_large",
  "shufflenet_v2_x1_0",
  "efficientnet_b0",
  "densenet121",
  "resnext50_32x4d",
] as const;

export interface BenchNetwork {
  readonly id: string;
  readonly weights: string;
  /** [N, C, H, W] */
  readonly inputShape: Shape;
  readonly input: Float32Array;
  readonly graph: Graph;
  /** The ONNX file where the network came from one. */
  readonly file?: Uint8Array;
}

/** What a network is called in results. @param name as for `benchNetwork` */
export function nameOf(name: string): string {
  return basename(name, ".onnx");
}

/** @param name a name of the registry, whose weights are then by formula, or an ONNX file */
export async function benchNetwork(name: string): Promise<BenchNetwork> {
  const isFile = extname(name) === ".onnx";
  const file = isFile ? readFileSync(name) : undefined;
  const graph = file
    ? await readGraph(file, { name })
    : await withWeights(network(name), "synthetic");
  const { shape } = graph.inputs[0];
  return {
    id: nameOf(name),
    weights: isFile ? basename(name) : "by formula",
    inputShape: shape,
    input: syntheticInput(shape).data as Float32Array,
    graph: foldBatchNorms(graph),
    ...(file && { file }),
  };
}

/** What an engine's page downloads: paths below `/model/`. @throws Error when it cannot be written */
export function modelFiles(given: BenchNetwork, engine: Engine): Map<string, Uint8Array | string> {
  const { graph, file, inputShape: shape } = given;
  const input = engine.channelsLast ? channelsLast(given.input, shape) : given.input;
  const inputShape = engine.channelsLast ? [shape[0], shape[2], shape[3], shape[1]] : shape;
  const files = new Map<string, Uint8Array | string>([
    ["input.bin", new Uint8Array(input.buffer, input.byteOffset, input.byteLength)],
    ["input.json", JSON.stringify(inputShape)],
  ]);
  if (engine.format === "onnx") files.set("model.onnx", file ?? writeOnnx(graph));
  else if (engine.format === "tflite")
    files.set("model.tflite", writeTflite(toChannelsLast(graph)));
  else {
    const { json, weights } = writeTfjs(toChannelsLast(graph));
    files.set("model.json", json).set("weights.bin", weights);
  }
  return files;
}
