/** Every case of the shared table runs on the reference. */
import { describe, expect, it } from "vitest";
import { BINARY_KINDS } from "../../src/graph/attributes.ts";
import type { OperatorName } from "../../src/graph/attributes.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import { evaluateGraph, evaluateGraphInFloat64 } from "../../src/reference/evaluate.ts";
import { ALL_CASES, CASES, buildCase, caseFeeds } from "../cases.ts";

describe("the table of cases", () => {
  it("names each case differently", () => {
    const names = ALL_CASES.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
  it("has every kind of the binary operator", () => {
    expect(new Set(CASES.binary.map(({ attributes }) => attributes.kind))).toEqual(
      new Set(BINARY_KINDS),
    );
  });
});

describe.each(Object.keys(CASES) as OperatorName[])("the reference of %s", (op) => {
  it.each(CASES[op].map((case_) => [case_.name, case_] as const))("runs %s", (_, case_) => {
    const graph = buildCase(case_);
    const feeds = caseFeeds(case_);
    const outputs = evaluateGraph(graph, feeds);
    const precise = evaluateGraphInFloat64(graph, feeds);
    expect(Object.keys(outputs)).toEqual(graph.outputs.map(({ name }) => name));
    for (const { name, value } of graph.outputs) {
      const { shape, dtype, data } = outputs[name];
      expect({ shape, dtype }).toEqual({ shape: value.shape, dtype: value.dtype });
      expect(data).toHaveLength(sizeOf(value.shape));
      expect(data.every(Number.isFinite)).toBe(true);
      expect(precise[name]).toEqual(outputs[name]);
    }
  });
});
