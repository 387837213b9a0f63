/** The command line's own grammar: options, operands, help. */
import { describe, expect, test } from "vitest";
import { formatHelp, readArguments, type Command } from "../../cli/arguments.ts";

const command: Command = {
  name: "run",
  summary: "run a model",
  operands: ["<model>"],
  options: [
    { name: "input", value: "<file>", multiple: true, help: "an input" },
    { name: "top", value: "<k>", help: "how many" },
    { name: "json", help: "as JSON" },
  ],
  notes: "More to know.",
  execute: () => Promise.resolve(undefined),
};
const read = (...argv: string[]) => readArguments(command, argv);

describe("readArguments", () => {
  test("takes options before and after the operand", () => {
    const given = read("--json", "a.onnx", "--top", "3");
    expect(given.operands).toEqual(["a.onnx"]);
    expect([given.has("json"), given.text("top"), given.has("input")]).toEqual([true, "3", false]);
  });

  test("keeps the order of an option that may be repeated", () => {
    expect(read("m", "--input", "a", "--input=b=c").list("input")).toEqual(["a", "b=c"]);
  });

  test("takes what follows -- as operands", () => {
    expect(read("--", "--odd-name.onnx").operands).toEqual(["--odd-name.onnx"]);
  });

  test("needs no operands to show the help", () => {
    expect(read("--help").has("help")).toBe(true);
  });

  test("reads whole numbers, with a default", () => {
    expect(read("m", "--top", "12").count("top", 5)).toBe(12);
    expect(read("m").count("top", 5)).toBe(5);
    expect(read("m", "--top", "0").count("top", 5, 0)).toBe(0);
  });

  test.each([
    [["m", "--jsn"], 'run has no option "--jsn", nearest "--json"'],
    [["m", "-j"], 'run has no option "-j"; see lightfuse run --help'],
    [["m", "--no-json"], 'run has no option "--no-json", nearest "--json"'],
    [["m", "--top"], "--top needs a value: --top <k>"],
    [["m", "--top", "--json"], "--top needs a value: --top <k>"],
    [["m", "--top="], "--top needs a value: --top <k>"],
    [["m", "--json=yes"], '--json takes no value, but has "yes"'],
    [["m", "--top", "1", "--top", "2"], "--top is given twice, expected once"],
    [["--json"], "run needs <model>: lightfuse run <model>"],
    [["a", "b"], 'run does not know what to do with "b"'],
  ])("refuses %j", (argv, message) => {
    expect(() => read(...argv)).toThrow(new RegExp(`^${escape(message)}$`));
  });

  test.each(["0", "-1", "2.5", "many", "1e3", "12345678901"])("refuses --top=%s", (text) => {
    expect(() => read("m", `--top=${text}`).count("top", 5)).toThrow(
      `--top is "${text}", expected a whole number of at least 1`,
    );
  });
});

describe("formatHelp", () => {
  test("shows usage, options in columns, and notes", () => {
    expect(formatHelp(command)).toBe(`usage: lightfuse run <model> [options]

Run a model.

options:
  --input <file>  an input
  --top <k>       how many
  --json          as JSON
  --help          show this help

More to know.`);
  });
});

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
