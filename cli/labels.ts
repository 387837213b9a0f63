/** Reads the names of classes. */
import { Failure } from "./failure.ts";
import { readBytes } from "./files.ts";

/**
 * One name a line, or a JSON array of names.
 * @throws Failure when the file cannot be read or has no names
 */
export function readLabels(path: string): string[] {
  const text = new TextDecoder().decode(readBytes(path));
  const labels = path.endsWith(".json") ? parseLabels(text) : splitLines(text);
  if (!labels || labels.length === 0) {
    throw new Failure(`labels "${path}": expected one name a line, or a JSON array of names`);
  }
  return labels;
}

function splitLines(text: string): string[] {
  if (text.trim() === "") return [];
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
}

function parseLabels(text: string): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isList = Array.isArray(parsed) && parsed.every((label) => typeof label === "string");
    return isList ? parsed : undefined;
  } catch {
    return undefined;
  }
}
