/** All networks of a comparison together: ratios to lightfuse, and their geometric means. */
import { type EngineId, ENGINES } from "./engines.ts";
import { digits, markdownTable, times } from "./markdown.ts";
import type { PeerResult } from "./rows.ts";
import { geometricMean } from "./statistics.ts";

interface Metric {
  readonly figure: string;
  readonly title: string;
  readonly unit: string;
  readonly scale: number;
}

export const METRICS: readonly Metric[] = [
  { figure: "runCpuMs", title: "CPU time a run", unit: "CPU-ms", scale: 1 },
  { figure: "runMs", title: "time a run", unit: "ms", scale: 1 },
  { figure: "coldCpuMs", title: "CPU time to the first result", unit: "CPU-s", scale: 1000 },
  { figure: "coldMs", title: "time to the first result", unit: "s", scale: 1000 },
];

export interface PeerMean {
  readonly mean: number | undefined;
  readonly least: number | undefined;
  readonly networks: number;
}

/** A peer's ratio to lightfuse on a network; undefined where it failed. */
export function ratioOf(result: PeerResult, engine: EngineId, figure: string): number | undefined {
  return result.rows.find((row) => row.engine === engine)?.figures[figure]?.ratio;
}

/** Over the networks on which the peer ran. */
export function meanOf(results: readonly PeerResult[], engine: EngineId, figure: string): PeerMean {
  const ratios = results.flatMap((result) => ratioOf(result, engine, figure) ?? []);
  return {
    mean: geometricMean(ratios),
    least: ratios.length > 0 ? Math.min(...ratios) : undefined,
    networks: ratios.length,
  };
}

/** The peers that any of the results has. */
export function peersOf(results: readonly PeerResult[]): EngineId[] {
  const engines = new Set(results.flatMap(({ rows }) => rows.map(({ engine }) => engine)));
  return ENGINES.map(({ id }) => id).filter((id) => id !== "lightfuse" && engines.has(id));
}

/** @param results of one adapter */
export function formatSummary(results: readonly PeerResult[]): string {
  const peers = peersOf(results);
  const [first] = results;
  const dates = [...new Set(results.map(({ date }) => date))].sort().join(", ");
  const failures = results.flatMap(({ network, rows }) =>
    rows.flatMap(({ title, failure }) =>
      failure === undefined ? [] : [`- ${network}, ${title}: ${failure}`],
    ),
  );
  return [
    `# Peers against lightfuse on ${first.adapter}`,
    "",
    `\`npm run bench:peers\`, ${dates}, ${first.host}; the table of each network names its command.`,
    "Ratios to lightfuse: above 1 the peer takes longer. A peer that failed on a network has no ratio there.",
    "",
    "## Geometric means over networks (and the least ratio)",
    "",
    meanTable(results, peers),
    ...METRICS.flatMap((metric) => ["", `## ${metric.title}`, "", ratios(results, peers, metric)]),
    ...(failures.length > 0 ? ["", "## Failures", "", ...failures] : []),
    "",
  ].join("\n");
}

function titleOf(engine: EngineId): string {
  return ENGINES.find(({ id }) => id === engine)!.title;
}

function meanTable(results: readonly PeerResult[], peers: readonly EngineId[]): string {
  const columns = METRICS.map(({ figure, title }) => ({
    title,
    cell(peer: EngineId): string | undefined {
      const { mean, least } = meanOf(results, peer, figure);
      return mean === undefined ? undefined : `${times(mean)} (${times(least!)})`;
    },
  }));
  const networks = (peer: EngineId): string =>
    `${meanOf(results, peer, "runMs").networks} of ${results.length}`;
  return markdownTable(
    [
      { title: "peer", left: true, cell: titleOf },
      { title: "networks", cell: networks },
      ...columns,
    ],
    peers,
  );
}

function ratios(
  results: readonly PeerResult[],
  peers: readonly EngineId[],
  { figure, unit, scale }: Metric,
): string {
  const own = ({ rows }: PeerResult): string | undefined => {
    const value = rows.find(({ engine }) => engine === "lightfuse")?.figures[figure]?.value;
    return value === undefined ? undefined : digits(value / scale);
  };
  const columns = peers.map((peer) => ({
    title: titleOf(peer),
    cell(result: PeerResult): string | undefined {
      const row = result.rows.find(({ engine }) => engine === peer);
      const ratio = row?.figures[figure]?.ratio;
      if (ratio !== undefined) return times(ratio);
      return row?.failure === undefined ? undefined : "failed";
    },
  }));
  const network = { title: "network", left: true as const, cell: (r: PeerResult) => r.network };
  return markdownTable([network, { title: `lightfuse, ${unit}`, cell: own }, ...columns], results);
}
