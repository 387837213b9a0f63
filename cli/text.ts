/** Numbers and tables for people to read. */

/** Columns padded to the widest cell; columns named in `right` are aligned to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  }
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
  return rows.map((row) => line(row).join("  ").trimEnd()).join("\n");
}

/** `3.50 M`; exact below ten thousand. */
export function formatCount(count: number): string {
  return count < 10_000 ? String(count) : scaled(count, ["", "K", "M", "G", "T"], 1000);
}

/** `13.3 MiB` */
export function formatBytes(bytes: number): string {
  return scaled(bytes, ["B", "KiB", "MiB", "GiB", "TiB"], 1024);
}

function scaled(value: number, units: readonly string[], step: number): string {
  let unit = 0;
  while (value >= step && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  if (unit === 0) return `${value} ${units[0]}`.trim();
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${units[unit]}`;
}

/** `0.123 ms`, `12.3 ms`, `1234 ms` */
export function formatMs(ms: number): string {
  return `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3)} ms`;
}

/** A value with about four digits, short for large and small ones. */
export function formatNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** Scores with as many decimals as the largest has within four digits, so that they line up. */
export function formatScores(scores: readonly number[]): string[] {
  const most = Math.max(...scores.map(Math.abs));
  const decimals = 3 - Math.floor(Math.log10(most));
  return decimals >= 0 && decimals < 7
    ? scores.map((score) => score.toFixed(decimals))
    : scores.map(formatNumber);
}

/** `1 run`, `5 runs` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : noun.endsWith("ch") ? "es" : "s"}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
