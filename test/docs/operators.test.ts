/** docs/operators.md is made from the code: `npx vitest run --project node test/docs -u` writes it anew. */
import { expect, test } from "vitest";
import { supportedOnnxOperators } from "../../src/formats/onnx/all.ts";
import { supportedTfjsOperators } from "../../src/formats/tfjs/parse.ts";
import { OPERATORS } from "../../src/graph/operators.ts";
import { CASES } from "../cases.ts";

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

function page(): string {
  const rows = Object.keys(OPERATORS).map(
    (op) => `| \`${op}\` | ${CASES[op as keyof typeof CASES].length} |`,
  );
  return [
    "# Operators",
    "",
    "Made from the code; `test/docs/operators.test.ts` fails when it is stale.",
    "",
    "## ONNX (operator sets 6 to 25)",
    "",
    list(supportedOnnxOperators),
    "",
    "## TensorFlow.js graph models",
    "",
    list(supportedTfjsOperators),
    "",
    "## The intermediate representation",
    "",
    "Attributes are described in `src/graph/attributes.ts`, the formulas are in `src/reference/`.",
    "",
    "| operator | cases in `test/cases` |",
    "| --- | ---: |",
    ...rows,
    "",
  ].join("\n");
}

test("docs/operators.md lists what the code supports", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/operators.md");
});
