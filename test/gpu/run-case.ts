/** Runs a case of the shared table as a model on the GPU, and compares it with the reference. */
import type { Device } from "../../src/gpu/device.ts";
import type { OperatorName } from "../../src/graph/attributes.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { buildCase, caseFeeds } from "../cases.ts";
import type { Case } from "../cases.ts";
import { expectNear } from "./compare.ts";

/** Operators that move numbers or choose between them: not one bit may change. */
const EXACT = new Set<OperatorName>([
  "maxPool2d",
  "maxPool2dWithIndices",
  "maxUnpool2d",
  "channelMaxPool",
  "shift",
  "where",
  "cast",
  "concat",
  "slice",
  "pad",
  "reshape",
  "transpose",
  "expand",
  "gather",
  "topK",
  "nonMaxSuppression",
]);

/** Kinds of unary, binary and reduce that are exact in float32. */
const EXACT_KINDS = new Set<string>(
  (
    "identity relu relu6 abs neg floor ceil round sign logicalNot clamp minimum maximum max min " +
    "equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr isNan isInf roundTo"
  ).split(" "),
);

/** As a part of the greatest magnitude. */
const TOLERANCE = 1e-4;

export function toleranceOf({ op, attributes, inputs }: Case): number {
  const { kind } = attributes as { kind?: string };
  const isInteger = op === "binary" && inputs.every(({ dtype }) => dtype === "int32");
  const isExact = EXACT.has(op) || (kind !== undefined && EXACT_KINDS.has(kind)) || isInteger;
  return isExact ? 0 : TOLERANCE;
}

/** @throws Error that says where the GPU and the reference differ. */
export async function runCase(device: Device, case_: Case): Promise<void> {
  const graph = buildCase(case_);
  const feeds = caseFeeds(case_);
  const model = await load(graph, { device });
  try {
    expectNear(await model.run(feeds), evaluateGraph(graph, feeds), toleranceOf(case_));
  } finally {
    model.dispose();
  }
}
