/** The class and message of what a function throws, to be compared word for word. */
export function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return "no error";
}
