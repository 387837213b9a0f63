/** Runs a case of the shared table with `precision: "auto"`, which has to take f32 where f16 does not hold it. */
import type { Device } from "../../src/gpu/device.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import type { Precision } from "../../src/shaders/elements.ts";
import { buildCase, caseFeeds } from "../cases.ts";
import type { Case } from "../cases.ts";
import { halveConstants, halvedAll } from "../gpu/half-case.ts";

/** Half of what 16-bit floats hold. */
const MOST = 32752;

type Feeds = Readonly<Record<string, Tensor>>;

/** Whether all float32 values of a run are finite and no greater. */
function fits(graph: Graph, feeds: Feeds): boolean {
  const tensors = Object.values(feeds);
  evaluateGraph(graph, feeds, (_, outputs) => void tensors.push(...outputs));
  return tensors.every(
    ({ dtype, data }) => dtype !== "float32" || data.every((x) => Math.abs(x) <= MOST),
  );
}

/** @throws Error when the precision is not that of the numbers that the reference computes. */
export async function runAutoCase(device: Device, case_: Case): Promise<void> {
  const graph = buildCase(case_);
  halveConstants(graph);
  const feeds = halvedAll(caseFeeds(case_));
  const autoPrecision = { software: true };
  const model = await load(graph, { device, precision: "auto", autoPrecision });
  try {
    await model.run(feeds);
    const { precision, statistics } = model;
    const reason = statistics.precisionReason ?? "none";
    const refused = /is int32, and|exact up to 2048/.test(reason);
    const expected: Precision = refused || !fits(graph, feeds) ? "f32" : "f16";
    if (precision !== expected) throw new Error(`${precision}, expected ${expected}: ${reason}`);
  } finally {
    model.dispose();
  }
}
