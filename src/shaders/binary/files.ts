/** The texts of the rarer functions of two values, which the core does not have. */

const texts = import.meta.glob<string>("./*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});

export const BINARY_FILES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(texts).map(([path, text]) => [`binary/${path.slice(2, -".wgsl".length)}`, text]),
);
