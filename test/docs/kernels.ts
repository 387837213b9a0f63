/** Which kernels compute an operator: those of the plans of its cases, on a CPU and on a GPU. */
import { compile } from "../../src/compiler/compile.ts";
import type { OperatorName } from "../../src/graph/attributes.ts";
import { buildCase, CASES } from "../cases.ts";
import type { Case } from "../cases.ts";
import { LOWER_TABLE, TRAITS } from "../compiler/graphs.ts";

/** Conversions from layout to layout are not an operator's. */
const CONVERSIONS = ["layout/quads-to-flat", "layout/flat-to-quads"];

export interface KernelsOf {
  /** Names below `src/shaders`. */
  readonly names: readonly string[];
  /** Whether some cases need none: y is a view of x. */
  readonly isView: boolean;
}

/** Kernels that compute; of an operator that has none those that copy. */
export function kernelsOf(op: OperatorName): KernelsOf {
  const computes = new Set<string>();
  const copies = new Set<string>();
  let isView = false;
  const cases: readonly Case[] = CASES[op];
  for (const case_ of cases) {
    const graph = buildCase(case_);
    for (const software of [true, false]) {
      const { dispatches } = compile(graph, { ...TRAITS, software }, {}, LOWER_TABLE);
      const own = dispatches.filter(
        ({ kernel, when }) => when === "always" && !CONVERSIONS.includes(kernel),
      );
      for (const { kernel, copy } of own) (copy === undefined ? computes : copies).add(kernel);
      isView ||= own.length === 0;
    }
  }
  return { names: [...(computes.size > 0 ? computes : copies)].sort(), isView };
}
