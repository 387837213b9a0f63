/** docs/operators.md is made from the code: `npx vitest run --project node test/docs -u` writes it anew. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { supportedOnnxOperators } from "../../src/formats/onnx/all.ts";
import { supportedTfjsOperators } from "../../src/formats/tfjs/parse.ts";
import type { OperatorName } from "../../src/graph/attributes.ts";
import { OPERATORS } from "../../src/graph/operators.ts";
import { CASES } from "../cases.ts";
import type { Case } from "../cases.ts";
import { kernelsOf } from "./kernels.ts";
import { probeOnnx } from "./onnx-probes.ts";
import { probeTfjs } from "./tfjs-probes.ts";

type Becomes = ReadonlyMap<string, readonly OperatorName[]>;

const ROOT = new URL("../../", import.meta.url);
const NAMES = Object.keys(OPERATORS) as OperatorName[];

const code = (name: string): string => `\`${name}\``;
const list = (names: readonly string[]): string => names.map(code).join(", ");
const row = (...cells: string[]): string => `| ${cells.join(" | ")} |`;

/** Operators that only bring values into the layout or type of another. */
const GLUE = new Set<OperatorName>(["transpose", "reshape", "cast"]);
/** What composite formulas are made of. */
const ELEMENTARY = new Set<OperatorName>([
  ...GLUE,
  ...(["unary", "binary", "where", "reduce", "matmul"] as const),
  ...(["slice", "concat", "expand", "gather", "pad"] as const),
]);

/** The operators under which an importer's operator is listed; none for formulas of elementary ones. */
function homesOf(becomes: readonly OperatorName[]): readonly OperatorName[] {
  if (becomes.length === 1) return becomes;
  const special = becomes.filter((op) => !ELEMENTARY.has(op));
  if (special.length > 0) return special;
  const rest = becomes.filter((op) => !GLUE.has(op));
  return rest.length === 1 ? rest : [];
}

function namesFor(op: OperatorName, importer: Becomes): string {
  return list([...importer].filter(([, ops]) => homesOf(ops).includes(op)).map(([name]) => name));
}

/** The attributes that the cases set; of those that are words, which. */
function attributesOf(op: OperatorName): string {
  const words = new Map<string, Set<string>>();
  const cases: readonly Case[] = CASES[op];
  for (const { attributes } of cases) {
    for (const [name, value] of Object.entries(attributes as Record<string, unknown>)) {
      const values = words.get(name) ?? words.set(name, new Set()).get(name)!;
      if (typeof value === "string") values.add(value);
    }
  }
  const texts = [...words].map(([name, values]) => {
    return values.size === 0 ? code(name) : `${code(name)}: ${[...values].sort().join(", ")}`;
  });
  return texts.join("; ");
}

/** The file of the reference that exports the operator. */
function referenceOf(op: OperatorName): string {
  const folder = "src/reference/";
  const files = readdirSync(new URL(folder, ROOT)).sort();
  const isHome = (file: string) =>
    new RegExp(`^export (const|function) ${op}\\b`, "m").test(
      readFileSync(new URL(folder + file, ROOT), "utf8"),
    );
  const file = files.findLast(isHome);
  if (file === undefined) throw new Error(`src/reference has no file that exports ${op}`);
  return `[${file}](../${folder}${file})`;
}

function kernelLinks(op: OperatorName): string {
  const { names, isView } = kernelsOf(op);
  const links = names.map((name) => `[${name}](../src/shaders/${name}.wgsl)`);
  return [...(isView ? ["a view"] : []), ...links].join(", ");
}

/** Operators of a file that become several, and those that are gone before a run. */
function formulas(importer: Becomes): string[] {
  const rows = [...importer].filter(([, ops]) => ops.length > 1 && homesOf(ops).length === 0);
  const known = [...importer].filter(([, ops]) => ops.length === 0).map(([name]) => name);
  return [
    ...rows.map(([name, ops]) => `- ${code(name)}: ${list(ops)}`),
    "",
    `Known at import, or the value itself: ${list(known)}.`,
  ];
}

function page(): string {
  const [onnx, tfjs] = [probeOnnx(), probeTfjs()];
  return [
    "# Operators",
    "",
    "Made from the code; `test/docs/operators.test.ts` fails when it is stale. `Attributes` and `kernels` are those of the",
    "cases in `test/cases`, which run against the reference on the GPU in Node, Chromium and Firefox; names are listed where a",
    "node of that operator was imported and became this one. Attributes are described in",
    "[src/graph/attributes.ts](../src/graph/attributes.ts). Element-wise operators are stages (a file each in",
    "[src/shaders/stage](../src/shaders/stage)): without a dispatch of their own where they ride on the load or store of another.",
    "",
    row("operator", "attributes", "reference", "kernels", "ONNX", "TensorFlow.js", "cases"),
    row("---", "---", "---", "---", "---", "---", "---:"),
    ...NAMES.map((op) =>
      row(
        code(op),
        attributesOf(op),
        referenceOf(op),
        kernelLinks(op),
        namesFor(op, onnx),
        namesFor(op, tfjs),
        String(CASES[op].length),
      ),
    ),
    "",
    `## ONNX (operator sets 6 to 25): ${supportedOnnxOperators.length} operators`,
    "",
    "Formulas of several operators; constants among them are folded:",
    "",
    ...formulas(onnx),
    "",
    `## TensorFlow.js graph models: ${supportedTfjsOperators.length} operators`,
    "",
    ...formulas(tfjs),
    "",
  ].join("\n");
}

test("docs/operators.md lists what the code supports", { timeout: 120_000 }, async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/operators.md");
});
