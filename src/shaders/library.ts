/** The text of every `.wgsl` file below this folder, by its path without the extension. */

const files = import.meta.glob<string>("./**/*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});

export const LIBRARY: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(files).map(([path, text]) => [path.slice(2, -".wgsl".length), text]),
);
