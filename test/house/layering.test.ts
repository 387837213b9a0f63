/** The house: who may import whom, and what every source file keeps to. */
import { describe, expect, test } from "vitest";
import { findCycle, objection } from "./arrows.ts";
import { importsOf, readSources, type SourceFile } from "./sources.ts";

const sources = readSources("src", "cli", "demo", "bench");
const library = sources.filter(({ path }) => path.startsWith("src/"));

function fileOf(path: string, text: string): SourceFile {
  return { path, text, imports: importsOf(path, text) };
}

function objectionsOf(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((found) => {
      const why = objection(file, found);
      return why === undefined ? [] : [`${file.path}:${found.line} -> ${found.target}: ${why}`];
    }),
  );
}

/** A file that passes on all names of another, or that has none of its own to export. */
function isBarrel({ text, imports }: SourceFile): boolean {
  if (!imports.some((found) => found.exported)) return false;
  const own =
    /^export (?:async |abstract |declare )*(?:function|const|let|class|interface|enum|type \w)/m;
  return /^export \*/m.test(text) || !own.test(text);
}

describe("the source tree", () => {
  test("is found", () => {
    expect(library.length).toBeGreaterThan(10);
    expect(library.flatMap((file) => file.imports).length).toBeGreaterThan(10);
  });

  test("has no import against the layers", () => {
    expect(objectionsOf(sources)).toEqual([]);
  });

  test("has no import cycle", () => {
    expect(findCycle(sources)).toBeUndefined();
  });

  test("has no default export", () => {
    const found = sources.filter(({ text }) => /^export default\b|\bas default\b/m.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  test("has no barrel file but src/index.ts", () => {
    const barrels = sources.filter(isBarrel).map(({ path }) => path);
    expect(barrels.filter((path) => path !== "src/index.ts")).toEqual([]);
  });

  test("says what each file is in its first line", () => {
    const silent = sources.filter(
      ({ path, text }) => !(path.endsWith(".wgsl") ? /^\/\/ \S/ : /^\/\*\*|^\/\/ \S/).test(text),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});

describe("a barrel", () => {
  test.each([
    [`export * from "./a.ts";\nexport const b = 1;`, true],
    [`export { a } from "./a.ts";\nexport type { B } from "./b.ts";`, true],
    [`export { a } from "./a.ts";\nexport function b(): void {}`, false],
    [`import { a } from "./a.ts";\nexport { a as b };`, false],
  ])("is told by what it exports: %j", (text, expected) => {
    expect(isBarrel(fileOf("src/graph/x.ts", text))).toBe(expected);
  });
});

describe("the layering rule", () => {
  test.each([
    ["src/graph/a.ts", "../gpu/device.ts", "graph may not import gpu"],
    ["src/graph/a.ts", "../reference/fold.ts", "graph may not import reference"],
    ["src/compiler/passes/a.ts", "../../gpu/device.ts", "compiler may not import gpu"],
    [
      "src/formats/onnx/a.ts",
      "../../reference/conv2d.ts",
      "formats may import only fold.ts of reference",
    ],
    ["src/gpu/a.ts", "../compiler/plan.ts", "gpu may import only types of compiler"],
    ["src/gpu/a.ts", "../blocks/fire.ts", "gpu may not import blocks"],
    [
      "src/shaders/a.ts",
      "../graph/graph.ts",
      "shaders may import only errors.ts, tensor.ts and types of graph",
    ],
    ["src/extra/a.ts", "../graph/tensor.ts", "extra is not a layer of the house"],
    ["src/graph/a.ts", "../../test/cases.ts", "src imports only src"],
    ["src/formats/a.ts", "sharp", "only pbf may be bundled into a page"],
    ["cli/main.ts", "../src/graph/tensor.ts", "only src/index.ts is a door"],
    ["bench/main.ts", "../demo/page.ts", "only src/index.ts is a door"],
    ["demo/page.ts", "../test/cases.ts", "only src/index.ts is a door"],
  ])("stops %s from importing %s", (path, specifier, why) => {
    const file = fileOf(path, `import { x } from "${specifier}";`);
    expect(file.imports.map((found) => objection(file, found))).toEqual([why]);
  });

  test.each([
    ["src/gpu/a.ts", `import type { Plan } from "../compiler/plan.ts";`],
    ["src/gpu/a.ts", `import { type Plan, type Step } from "../compiler/plan.ts";`],
    ["src/gpu/a.ts", `import { DeviceError } from "../graph/errors.ts";`],
    ["src/gpu/a.ts", `import wgsl from "../shaders/pool/max.wgsl?raw";`],
    ["src/compiler/fold.ts", `import { fold } from "../reference/fold.ts";`],
    ["src/formats/onnx/read.ts", `import Pbf from "pbf";`],
    ["src/index.ts", `export * from "./gpu/device.ts";`],
    ["cli/main.ts", `import { load } from "../src/index.ts";\nimport sharp from "sharp";`],
  ])("lets %s have %s", (path, text) => {
    const file = fileOf(path, text);
    expect(file.imports.length).toBeGreaterThan(0);
    expect(objectionsOf([file])).toEqual([]);
  });

  test("sees imports over several lines, for their effect, and dynamic ones", () => {
    const text = `/** x */\nimport {\n  a,\n  b,\n} from "./a.ts";\nimport "./b.ts";\nvoid import("./c.ts");\n`;
    const targets = importsOf("src/graph/x.ts", text).map(({ target, line }) => [target, line]);
    expect(targets).toEqual([
      ["src/graph/a.ts", 2],
      ["src/graph/b.ts", 6],
      ["src/graph/c.ts", 7],
    ]);
  });

  test("finds a cycle of three files", () => {
    const files = ["a", "b", "c"].map((name, index) =>
      fileOf(`src/graph/${name}.ts`, `import "./${"bca"[index]}.ts";`),
    );
    expect(findCycle(files)).toEqual(["a", "b", "c", "a"].map((name) => `src/graph/${name}.ts`));
  });
});
