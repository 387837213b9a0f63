/** Judges the outcomes of the node tests by the list of expected ones, and prints them. */
import type { NodeTest } from "./data.ts";
import type { Outcome } from "./run.ts";
import type { UnsupportedGroup } from "./unsupported.ts";

export interface Result {
  readonly test: Pick<NodeTest, "name" | "operators" | "isFloat">;
  readonly outcome: Outcome;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: number;
}

const STATUSES = ["passed", "failed", "unsupported"] as const;

export function countOf(results: readonly Result[]): Counts {
  const counts = { passed: 0, failed: 0, unsupported: 0 };
  for (const { outcome } of results) counts[outcome.status]++;
  return counts;
}

function judgeOne(result: Result, groups: readonly UnsupportedGroup[]): Result {
  const { test, outcome } = result;
  const group = groups.find(({ tests }) => tests.includes(test.name));
  const fail = (reason: string): Result => ({ test, outcome: { status: "failed", reason } });
  if (outcome.status === "passed") {
    return group ? fail("it passes, but unsupported.ts lists it: remove it there") : result;
  }
  if (outcome.status === "failed") return result;
  if (!group) return fail(`it is unsupported and not listed in unsupported.ts: ${outcome.reason}`);
  if (group.message.test(outcome.reason)) return result;
  return fail(
    `it is unsupported for another reason than ${String(group.message)}: ${outcome.reason}`,
  );
}

/**
 * Unsupported tests must be listed, and for the reason that the list says; listed ones must not
 * pass.
 */
export function judge(
  results: readonly Result[],
  groups: readonly UnsupportedGroup[],
): { results: Result[]; counts: Counts } {
  const judged = results.map((result) => judgeOne(result, groups));
  return { results: judged, counts: countOf(judged) };
}

/** The greatest absolute error of those that passed. */
function greatestError(results: readonly Result[]): string {
  const errors = results.flatMap(({ outcome }) =>
    outcome.status === "passed" ? outcome.maxError : [],
  );
  return errors.length === 0 ? "-" : Math.max(...errors).toExponential(1);
}

function table(results: readonly Result[]): string[] {
  const names = [...new Set(results.map(({ test }) => test.operators))].sort();
  const rows = names.map((operators) => {
    const group = results.filter(({ test }) => test.operators === operators);
    const counts = countOf(group);
    const cells = STATUSES.map((status) => String(counts[status] || "-"));
    return [operators, ...cells, greatestError(group)];
  });
  const width = Math.max(8, ...names.map((name) => name.length));
  const line = ([name, ...cells]: string[]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(11))].join("  ");
  return [line(["operator", ...STATUSES, "max error"]), ...rows.map(line)];
}

function reasons(results: readonly Result[], wanted: "failed" | "unsupported"): string[] {
  const lines = results.flatMap(({ test, outcome }) =>
    outcome.status === wanted ? [`  ${test.name}: ${outcome.reason}`] : [],
  );
  return lines.length === 0 ? [] : ["", `${wanted}:`, ...lines];
}

/** The text of `npm run conformance`; its last line is the totals. */
export function report(results: readonly Result[], counts: Counts): string {
  const line = ({ passed, failed, unsupported }: Counts) =>
    `${passed} passed, ${failed} failed, ${unsupported} unsupported`;
  const floats = results.filter(({ test }) => test.isFloat);
  return [
    ...table(results),
    ...reasons(results, "unsupported"),
    ...reasons(results, "failed"),
    "",
    `of the ${floats.length} tests in float32 (and int64 for shapes): ${line(countOf(floats))}`,
    line(counts),
  ].join("\n");
}
