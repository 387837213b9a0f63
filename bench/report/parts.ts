/** Pieces of the report's HTML. */
import { escapeText } from "./svg.ts";

/** @param body HTML */
export function card(title: string, body: string): string {
  return `<div class="card"><h3>${escapeText(title)}</h3>\n${body}</div>`;
}

export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeText(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => line("td", row)).join("\n");
  return `<div class="scroll"><table><thead>${line("th", head)}</thead><tbody>${body}</tbody></table></div>`;
}
