/** The code of docs/define-your-own.md is that of the example, which the tests run. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);
const FOLDER = new URL("examples/define-fusion/", ROOT);
const page = readFileSync(new URL("docs/define-your-own.md", ROOT), "utf8");
const files = readdirSync(FOLDER).map((name) => readFileSync(new URL(name, FOLDER), "utf8"));
const samples = [...page.matchAll(/^```(?:js|wgsl)\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

/** Samples may stand further left than in their file. */
function unindent(text: string): string {
  return text.replace(/^ +/gm, "");
}

test("has code in each of its parts", () => {
  expect(samples.length).toBeGreaterThanOrEqual(6);
});

test.each(samples.map((code) => [code.trim().split("\n")[0], code]))(
  "%s stands in the example",
  (_, code) => {
    expect(files.filter((text) => unindent(text).includes(unindent(code)))).toHaveLength(1);
  },
);

test("names every import of the example's shader", () => {
  const shader = files.find((text) => text.includes("@compute"))!;
  const imports = [...shader.matchAll(/^\/\/#import (\S+)$/gm)].map(([, name]) => name);
  expect(imports.length).toBeGreaterThan(0);
  for (const name of imports) expect(page).toContain(`| \`${name}\``);
});
