/** Where the program writes: results on stdout, remarks on stderr. */
import type { OptionSpec } from "./arguments.ts";

export const JSON_OPTION: OptionSpec = { name: "json", help: "print one JSON object" };

const notes: string[] = [];

/** A remark that is no error; it is shown before the result, so that an error stays one line. */
export function note(text: string): void {
  notes.push(`lightfuse: ${text}\n`);
}

export function print(text: string): void {
  for (const line of notes.splice(0)) process.stderr.write(line);
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
