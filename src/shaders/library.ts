/** The texts of the files that kernels share, and of the stages, by path without the extension. */

const files = import.meta.glob<string>("./{shared,stage}/*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});

export const LIBRARY: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(files).map(([path, text]) => [path.slice(2, -".wgsl".length), text]),
);
