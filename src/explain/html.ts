/** Text in HTML. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]);
}

/** Data in a script element: no text in it can end the element. */
export function scriptData(id: string, data: unknown): string {
  const json = JSON.stringify(data).replace(/</g, "\\u003c");
  return `<script type="application/json" id="${id}">${json}</script>`;
}

/** A table of escaped text; `html` columns are given as HTML. */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { html = [], numbers = [] }: { html?: readonly number[]; numbers?: readonly number[] } = {},
): string {
  const align = (i: number): string => (numbers.includes(i) ? ' class="number"' : "");
  const cells = (row: readonly string[]): string =>
    row
      .map((cell, i) => `<td${align(i)}>${html.includes(i) ? cell : escapeHtml(cell)}</td>`)
      .join("");
  const titles = head.map((title, i) => `<th scope="col"${align(i)}>${escapeHtml(title)}</th>`);
  return (
    `<div class="scroll" tabindex="0"><table><thead><tr>${titles.join("")}</tr></thead>` +
    `<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join("\n")}</tbody></table></div>`
  );
}
