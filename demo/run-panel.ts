/** The panel "How it ran": a row for each dispatch, and on demand the time that each took. */
import type { Explanation, Profile } from "../src/index.ts";
import { count, create, element, megabytes, milliseconds } from "./page.ts";

/** Kernels that take less are shown as one bar. */
const MOST_BARS = 8;

export class RunPanel {
  private readonly summary = element("plan-summary", HTMLElement);
  private readonly rows = element("dispatches", HTMLElement);
  private readonly chart = element("chart", HTMLElement);
  private readonly note = element("profile-note", HTMLElement);
  readonly button = element("profile", HTMLButtonElement);

  show(explanation: Explanation): void {
    const { dispatches, copies, arenaBytes, lowerBoundBytes } = explanation;
    const fused = dispatches.reduce((sum, { nodes }) => sum + nodes.length, 0);
    this.summary.textContent =
      `${fused} operators run as ${dispatches.length} dispatches in one pass, ` +
      `${copies.length === 0 ? "none" : copies.length} of them copies. Activations share an arena of ` +
      `${megabytes(arenaBytes)}; ${megabytes(lowerBoundBytes)} are alive at once.`;
    this.rows.replaceChildren(...dispatches.map((dispatch) => rowOf(dispatch)));
    this.chart.replaceChildren();
    this.note.textContent = "";
  }

  showProfile({ rows, totalMs, timestamps }: Profile): void {
    const slowest = Math.max(...rows.map(({ ms }) => ms));
    rows.forEach(({ ms }, index) => {
      const cell = this.rows.children[index]?.querySelector<HTMLElement>(".time");
      cell?.replaceChildren(create("span", "", milliseconds(ms)), barOf(ms / slowest));
    });
    this.chart.replaceChildren(...chartOf(rows, totalMs));
    this.note.textContent = timestamps
      ? `${milliseconds(totalMs)} ms on the GPU, measured with timestamps.`
      : `${milliseconds(totalMs)} ms. This adapter has no timestamps, so each time includes the wait for the GPU.`;
  }
}

type Dispatch = Explanation["dispatches"][number];

function rowOf(dispatch: Dispatch): HTMLElement {
  const { index, label, kernel, shape, macs, weightBytes } = dispatch;
  const row = create("tr");
  const name = create("th", "layer");
  name.scope = "row";
  name.append(create("span", "label", label), create("code", "", kernel));
  const macsCell = create("td", "number", macs > 0 ? count(macs) : "");
  macsCell.title = `${megabytes(weightBytes)} of weights`;
  row.append(
    create("td", "number", String(index)),
    name,
    stagesOf(dispatch),
    create("td", "shape", shape.join(" × ")),
    macsCell,
    create("td", "time number"),
  );
  return row;
}

/** What the kernel does beside its own work, or why it only moves data. */
function stagesOf({ fused, copy }: Dispatch): HTMLElement {
  const cell = create("td", "stages");
  cell.append(
    ...Object.values(fused)
      .flat()
      .map((stage) => create("span", "", stage)),
  );
  if (copy !== undefined) {
    const moved = create("span", "copy", "copy");
    moved.title = copy;
    cell.append(moved);
  }
  return cell;
}

function barOf(share: number): HTMLElement {
  const bar = create("span", "bar");
  bar.style.setProperty("--share", String(share));
  return bar;
}

/** One bar a kernel, the greatest first. */
function chartOf(rows: Profile["rows"], totalMs: number): HTMLElement[] {
  const sums = new Map<string, { ms: number; runs: number }>();
  for (const { kernel, ms } of rows) {
    const sum = sums.get(kernel) ?? { ms: 0, runs: 0 };
    sums.set(kernel, { ms: sum.ms + ms, runs: sum.runs + 1 });
  }
  const sorted = [...sums].sort((a, b) => b[1].ms - a[1].ms);
  const rest = sorted.slice(MOST_BARS);
  const shown = sorted.slice(0, MOST_BARS);
  if (rest.length > 0) {
    const ms = rest.reduce((sum, [, one]) => sum + one.ms, 0);
    const runs = rest.reduce((sum, [, one]) => sum + one.runs, 0);
    shown.push([`${rest.length} others`, { ms, runs }]);
  }
  const longest = shown[0]?.[1].ms ?? 1;
  return shown.map(([kernel, { ms, runs }]) => {
    const item = create("li", "class");
    const share = totalMs > 0 ? Math.round((100 * ms) / totalMs) : 0;
    item.append(
      create("span", "name", `${kernel} × ${runs}`),
      create("span", "score", `${milliseconds(ms)} ms, ${share} %`),
      barOf(ms / longest),
    );
    return item;
  });
}
