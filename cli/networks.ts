/** `lightfuse networks`: the networks that need no model file, only weights. */
import { NETWORKS } from "../src/index.ts";
import type { Command } from "./arguments.ts";
import { JSON_OPTION, print, printJson } from "./print.ts";
import { formatCount, table } from "./text.ts";

export const networks: Command = {
  name: "networks",
  summary: "list the networks that can be run by name",
  operands: [],
  options: [JSON_OPTION],
  notes:
    "Their weights are safetensors files with the tensor names of the code in the last column.",

  execute(given) {
    if (given.has("json")) {
      printJson(NETWORKS.map(({ build: _, ...entry }) => entry));
      return Promise.resolve(undefined);
    }
    const rows = NETWORKS.map(({ id, title, parameters, macs, inputSize, preprocess, follows }) => [
      id,
      title,
      inputSize.join(" x "),
      preprocess,
      formatCount(parameters),
      formatCount(macs),
      follows,
    ]);
    const head = ["name", "network", "input", "preprocess", "parameters", "MACs", "weights as in"];
    print(table([head, ...rows], [4, 5]));
    return Promise.resolve(undefined);
  },
};
