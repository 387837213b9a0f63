/** The comparison with peers: ratios by network, and their geometric means. */
import { type EngineId, ENGINES } from "../engines.ts";
import { times } from "../markdown.ts";
import type { PeerResult } from "../rows.ts";
import { meanOf, METRICS, peersOf, ratioOf } from "../summary.ts";
import { keyOf } from "./families.ts";
import { card, htmlTable } from "./parts.ts";
import { ratioChart, type RatioRow } from "./ratio-chart.ts";

export function peerSection(results: readonly PeerResult[]): string {
  const peers = peersOf(results);
  const titles = peers.map(titleOf);
  const charts = METRICS.map(({ figure, title }) => {
    const dots = (ratio: (peer: EngineId) => number | undefined): RatioRow["dots"] =>
      peers.flatMap((peer, i) => {
        const value = ratio(peer);
        return value === undefined ? [] : [{ name: titles[i], colour: `c${i}`, ratio: value }];
      });
    const rows: RatioRow[] = [
      ...results.map((result) => ({
        name: result.network,
        dots: dots((peer) => ratioOf(result, peer, figure)),
      })),
      {
        name: "geometric mean",
        isMean: true,
        dots: dots((peer) => meanOf(results, peer, figure).mean),
      },
    ];
    return card(title, ratioChart(title, "to lightfuse; more is slower", rows));
  });
  return `${keyOf(titles)}<div class="cards">${charts.join("\n")}</div>${meanTable(results, peers)}`;
}

function titleOf(peer: EngineId): string {
  return ENGINES.find(({ id }) => id === peer)!.title;
}

function meanTable(results: readonly PeerResult[], peers: readonly EngineId[]): string {
  const rows = peers.map((peer) => [
    titleOf(peer),
    `${meanOf(results, peer, "runMs").networks} of ${results.length}`,
    ...METRICS.map(({ figure }) => {
      const { mean, least } = meanOf(results, peer, figure);
      return mean === undefined ? "-" : `${times(mean)} (${times(least!)})`;
    }),
  ]);
  const head = ["peer", "networks", ...METRICS.map(({ title }) => title)];
  return card("Geometric means, and the least ratio", htmlTable(head, rows));
}
