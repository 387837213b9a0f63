/** What `npm run test:networks` prints of its results. */
import { BLOCK_GOLDENS, NETWORK_GOLDENS } from "../goldens.ts";
import type { Result } from "./runner.ts";

/** One line: verdict, id, work, time, and the error relative to the greatest magnitude. */
export function describeResult({ id, seconds, finding, message = "" }: Result): string {
  const { macs } = BLOCK_GOLDENS[id] ?? NETWORK_GOLDENS[id];
  const megaMacs = (macs / 1e6).toFixed(1).padStart(8);
  const off = finding ? `off by ${finding.error.toExponential(1)} x max|reference|` : message;
  const verdict = finding?.passed ? "ok    " : "FAILED";
  return `${verdict} ${id.padEnd(42)} ${megaMacs} MMAC ${seconds.toFixed(1).padStart(6)} s  ${off}`;
}

/** The greatest errors of blocks and of networks, and where the time went. */
export function summarize(results: readonly Result[]): string[] {
  const isBlock = ({ id }: Result): boolean => Object.hasOwn(BLOCK_GOLDENS, id);
  const total = results.reduce((sum, { seconds }) => sum + seconds, 0);
  const [load, compile, run] = [0, 1, 2].map((step) =>
    results.reduce((sum, { finding }) => sum + (finding?.times[step] ?? 0), 0).toFixed(0),
  );
  return [
    ...worst("blocks", results.filter(isBlock)),
    ...worst(
      "networks",
      results.filter((result) => !isBlock(result)),
    ),
    `${(total / 60).toFixed(1)} minutes: weights ${load} s, plans and pipelines ${compile} s, runs ${run} s`,
  ];
}

function worst(kind: string, results: readonly Result[]): string[] {
  const errors = results.flatMap(({ id, finding }) => (finding ? [{ id, ...finding }] : []));
  if (errors.length === 0) return [];
  const { id, error } = errors.reduce((a, b) => (b.error > a.error ? b : a));
  return [
    `${kind}: the greatest of ${errors.length} errors is ${error.toExponential(1)} x max|reference| (${id})`,
  ];
}
