/** The error that ends the program with one line: something that the user can put right. */

export class Failure extends Error {
  override readonly name = "Failure";
}

/** One line of what went wrong, whatever was thrown. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().replaceAll(/\s*\n\s*/g, " ");
}
