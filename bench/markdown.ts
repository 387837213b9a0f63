/** Tables in Markdown, and numbers as people read them. */

export interface Column<Row> {
  readonly title: string;
  /** undefined is written as "-". */
  readonly cell: (row: Row) => string | number | undefined;
  /** Numbers stand at the right, which is the default. */
  readonly left?: true;
}

export function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const text = (cell: string | number | undefined): string => {
    return cell === undefined ? "-" : String(cell).replaceAll("|", "\\|");
  };
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ left }) => (left ? "---" : "---:"))),
    ...rows.map((row) => line(columns.map(({ cell }) => text(cell(row))))),
  ].join("\n");
}

/** Three digits that say something: 0.123, 1.23, 12.3, 123, 1234. */
export function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** A ratio to lightfuse: `3.87x`. */
export function times(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}x`;
}

export function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`;
}
