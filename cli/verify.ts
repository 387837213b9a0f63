/** `lightfuse verify`: every layer on the GPU against the float64 reference. */
import type { Verification } from "../src/index.ts";
import type { Command } from "./arguments.ts";
import { BROWSER, execute, formatAdapter } from "./device.ts";
import { Failure } from "./failure.ts";
import { INPUT, INPUT_NOTES, readInputs } from "./inputs.ts";
import { findModel, titleOf, MODEL, MODEL_NOTES, WEIGHTS } from "./model.ts";
import { JSON_OPTION, print, printJson } from "./print.ts";
import { table } from "./text.ts";

export const verify: Command = {
  name: "verify",
  summary: "compare every layer on the GPU with the float64 reference",
  operands: [MODEL],
  options: [INPUT, WEIGHTS, BROWSER, JSON_OPTION],
  notes: `${MODEL_NOTES}
A network is verified with synthetic weights when none are given.\n
${INPUT_NOTES} Images are not taken here.\n
The first layer that differs is named, and the exit code is then 1.\n
--json prints adapter, rows (an array of { value, kernel, nodes, shape, maxError, maxAbs, ok }) and
firstBad (a row, or null).`,

  async execute(given) {
    const model = findModel(given, "synthetic");
    const inputs = await readInputs(given, model);
    if (inputs.some(({ kind }) => kind === "pixels")) {
      throw new Failure("verify takes .npy files or synthetic inputs, but no images");
    }
    const result = await execute({ task: "verify", model, inputs, runs: 0 }, given);
    const { adapter } = result;
    const verified = result.verify!;
    if (given.has("json")) printJson({ ...verified, adapter });
    else print(`${titleOf(model)} on ${formatAdapter(adapter)}\n\n${formatVerification(verified)}`);
    return verified.firstBad ? 1 : 0;
  },
};

function formatVerification({ rows, firstBad }: Verification): string {
  const cells = rows.map(({ value, kernel, shape, maxError, maxAbs, ok }) => [
    ok ? "ok" : "DIFFERS",
    kernel,
    shape.join(" x "),
    maxError.toExponential(1),
    maxAbs.toPrecision(3),
    value,
  ]);
  const head = ["", "kernel", "shape", "max error", "max |value|", "layer"];
  const verdict = firstBad
    ? `the first layer that differs: ${firstBad.value} (${firstBad.kernel}), ` +
      `off by ${firstBad.maxError.toExponential(1)}`
    : `${rows.length === 1 ? "the layer agrees" : `all ${rows.length} layers agree`} with the float64 reference`;
  return `${table([head, ...cells], [3, 4])}\n\n${verdict}`;
}
