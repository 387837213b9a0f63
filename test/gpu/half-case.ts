/**
 * Runs a case of the shared table with 16-bit storage. Inputs and weights are rounded to 16-bit
 * floats before the reference computes with them, so that only the error of the kernel counts: it may
 * be 2e-3 of the greatest magnitude, two steps of a 16-bit float. Operators that move or choose
 * numbers must give the reference, rounded, to the bit.
 */
import { halfToFloat } from "../../src/formats/half.ts";
import { floatToHalf } from "../../src/formats/to-half.ts";
import type { Device } from "../../src/gpu/device.ts";
import { GraphError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import type { Model } from "../../src/loaded-model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { buildCase, caseFeeds } from "../cases.ts";
import type { Case } from "../cases.ts";
import { expectNear } from "./compare.ts";
import { toleranceOf } from "./run-case.ts";

export const HALF_TOLERANCE = 2e-3;

/** The tensor as 16-bit storage holds it. */
function halved(tensor: Tensor): Tensor {
  const { dtype, data } = tensor;
  return dtype === "float32"
    ? { ...tensor, data: halfToFloat(floatToHalf(data as Float32Array)) }
    : tensor;
}

export const halvedAll = (tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, halved(tensor)]));

/** Rounds the constants of a graph. */
export function halveConstants(graph: Graph): void {
  for (const value of new Set(graph.nodes.flatMap(({ inputs }) => inputs))) {
    if (value?.constant) value.constant = halved(value.constant);
  }
}

/** The model, or null where the graph's integers are too great for 16-bit floats. */
async function loadHalf(graph: Graph, device: Device): Promise<Model | null> {
  try {
    return await load(graph, { device, precision: "f16" });
  } catch (error) {
    if (error instanceof GraphError && /16-bit floats are exact up to 2048/.test(error.message)) {
      return null;
    }
    throw error;
  }
}

/** @returns whether the case ran; cases with integers of any size are refused. */
export async function runHalfCase(device: Device, case_: Case): Promise<boolean> {
  const graph = buildCase(case_);
  halveConstants(graph);
  const feeds = halvedAll(caseFeeds(case_));
  const expected = halvedAll(evaluateGraph(graph, feeds));
  const model = await loadHalf(graph, device);
  if (!model) return false;
  try {
    const tolerance = toleranceOf(case_) === 0 ? 0 : HALF_TOLERANCE;
    expectNear(await model.run(feeds), expected, tolerance);
  } finally {
    model.dispose();
  }
  return true;
}
