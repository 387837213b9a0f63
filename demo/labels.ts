/** Names of classes: those of COCO, or those of a file with one name a line. */
import names from "./coco-80.json";

export const COCO_80: readonly string[] = names;

const LONGEST_NAME = 80;

/**
 * Reads one name a line; empty lines at the end do not count.
 * @throws {Error} when there is no name in the text.
 */
export function parseLabels(text: string, file: string): string[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  while (lines.length > 0 && lines.at(-1)!.trim() === "") lines.pop();
  if (lines.length === 0) throw new Error(`${file}: there is no label in this file`);
  return lines.map((line) => line.trim().slice(0, LONGEST_NAME));
}

/** The name of a class, or its number where it has none. */
export function labelOf(labels: readonly string[], index: number): string {
  return labels[index] || `class ${index}`;
}
