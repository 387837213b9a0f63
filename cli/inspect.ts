/** `lightfuse inspect`: what a model is made of; needs no GPU. */
import {
  findUnsupported,
  inspect as inspectGraph,
  inspectLayers,
  network,
  readGraph,
  type Graph,
  type Inspection,
  type LayerInspection,
} from "../src/index.ts";
import type { Command, OptionSpec } from "./arguments.ts";
import type { JobModel } from "./job.ts";
import { formatLayers } from "./layers.ts";
import { findModel, MODEL, MODEL_NOTES } from "./model.ts";
import { JSON_OPTION, print, printJson } from "./print.ts";
import { formatCount, table } from "./text.ts";

type Unsupported = readonly { readonly op: string; readonly count: number }[];

/** What `--json` prints; what only a supported graph tells is null or empty for another. */
export interface InspectReport {
  readonly name: string;
  readonly inputs: Inspection["inputs"];
  readonly outputs: Inspection["outputs"];
  readonly operators: Inspection["operators"];
  readonly parameters: number | null;
  readonly macs: number | null;
  readonly unsupported: Unsupported;
  /** With `--layers`, of a supported graph. */
  readonly layers?: LayerInspection["layers"];
  readonly activationBytes?: number;
  readonly peakBytes?: number;
}

const LAYERS: OptionSpec = {
  name: "layers",
  help: "layer by layer: shape, parameters, MACs, receptive field, jump and memory",
};

export const inspect: Command = {
  name: "inspect",
  summary: "show inputs, outputs, operators, parameters and multiply-accumulates of a model",
  operands: [MODEL],
  options: [LAYERS, JSON_OPTION],
  notes: `${MODEL_NOTES}
A network needs no weights here.\n
--json prints name, inputs, outputs, operators (counts by name), parameters, macs, and unsupported
(an array of { op, count }). With unsupported operators the other counts are null or empty.\n
--layers shows receptive fields in pixels of the image: "image" is all of it, through a global pool
or a fully connected layer; "7 + image" is 7 x 7 pixels and a gate that saw the image. The jump is
the effective stride. Alive bytes are the activations that exist while the layer runs, in the order
of the graph; what a compiled model allocates is in \`lightfuse explain\`. With --json it adds layers,
activationBytes and peakBytes.`,

  async execute(given) {
    const model = findModel(given, "synthetic");
    const { name } = model;
    const unsupported = "file" in model ? await findUnsupported(model.file, { name }) : [];
    const empty = { inputs: [], outputs: [], operators: {}, parameters: null, macs: null };
    const graph = unsupported.length > 0 ? null : await readModel(model);
    const report: InspectReport = {
      ...(graph ? inspectGraph(graph) : empty),
      name,
      unsupported,
    };
    const inspection = graph && given.has("layers") ? inspectLayers(graph) : null;
    if (given.has("json")) printJson({ ...report, ...inspection });
    else {
      const parts = [formatReport(report), ...(inspection ? [formatLayers(inspection)] : [])];
      print(parts.join("\n\n"));
    }
    return undefined;
  },
};

function readModel(model: JobModel): Graph | Promise<Graph> {
  return "file" in model ? readGraph(model.file, { name: model.name }) : network(model.network);
}

function formatReport(report: InspectReport): string {
  const { name, inputs, outputs, operators, parameters, macs, unsupported } = report;
  const ports = (title: string, list: InspectReport["inputs"]) =>
    list.map((port, i) => [i === 0 ? title : "", port.name, port.shape.join(" x "), port.dtype]);
  const counted = (rows: Unsupported) =>
    table(
      rows.map(({ op, count }) => [`  ${op}`, String(count)]),
      [1],
    );
  if (parameters === null || macs === null) {
    return `${name}\n\nnot supported:\n${counted(unsupported)}`;
  }
  const used = Object.entries(operators).map(([op, count]) => ({ op, count }));
  used.sort((a, b) => b.count - a.count);
  return [
    name,
    "",
    table([...ports("inputs", inputs), ...ports("outputs", outputs)]),
    "",
    `parameters  ${group(parameters)} (${formatCount(parameters)})`,
    `MACs        ${group(macs)} (${formatCount(macs)})`,
    "",
    `operators (${used.reduce((sum, { count }) => sum + count, 0)}):\n${counted(used)}`,
  ].join("\n");
}

/** `3 504 872` as `3,504,872` */
function group(count: number): string {
  return count.toLocaleString("en-US");
}
