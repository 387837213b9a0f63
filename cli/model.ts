/** Finds out what `<model>` on the command line means: a file, or the name of a network. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { network, NETWORKS } from "../src/index.ts";
import type { Arguments, OptionSpec } from "./arguments.ts";
import { Failure } from "./failure.ts";
import { checkReadable, readBytes } from "./files.ts";
import type { JobModel, JobWeights } from "./job.ts";

export const MODEL = "<model>";

export const MODEL_NOTES = `\
<model> is the path of an .onnx file or of a TensorFlow.js model.json, or the name of a network
(\`lightfuse networks\` lists them).`;

export const WEIGHTS: OptionSpec = {
  name: "weights",
  value: "<file>",
  help: 'weights of a network by name: a .safetensors file, or "synthetic"',
};

/** Whether the argument is written like a path, or is one. */
export function isFile(model: string): boolean {
  return /[\\/]|\.[a-z]+$/i.test(model) || existsSync(model);
}

/**
 * @param otherwise weights of a network when none are given
 * @throws Failure when the file cannot be read, and when weights are missing or do not belong
 * @throws GraphError when no network has that name
 */
export function findModel(given: Arguments, otherwise?: "synthetic"): JobModel {
  const [name] = given.operands;
  const weights = given.text("weights");
  if (isFile(name)) {
    checkReadable(name);
    if (weights !== undefined) {
      throw new Failure(`--weights is for networks by name; "${name}" brings its own`);
    }
    return { name, file: name };
  }
  // Building it is cheap, and says which names there are.
  const { name: id } = network(name);
  return { name: id, network: id, weights: findWeights(id, weights ?? otherwise) };
}

function findWeights(id: string, weights: string | undefined): JobWeights {
  if (weights === undefined) {
    throw new Failure(
      `network "${id}" needs weights: --weights file.safetensors, or --weights synthetic to try it`,
    );
  }
  return weights === "synthetic" ? weights : { name: weights, data: readBytes(weights) };
}

/** A short name for a headline. */
export function titleOf({ name }: JobModel): string {
  return basename(name);
}

/** The preprocessing that the published weights of a network expect; undefined for a file. */
export function presetOf(model: JobModel): string | undefined {
  if ("file" in model) return undefined;
  return NETWORKS.find(({ id }) => id === model.network)?.preprocess;
}
