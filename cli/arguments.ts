/** Reads the command line by the table of a command, and writes its help from the same table. */
import { parseArgs } from "node:util";
import { nearestName } from "../src/index.ts";
import { Failure } from "./failure.ts";
import { table } from "./text.ts";

export interface OptionSpec {
  readonly name: string;
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string;
  /** Whether it may be given more than once. */
  readonly multiple?: true;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Names of what must be given without a dash, such as `<model>`. */
  readonly operands: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Paragraphs and examples below the options. */
  readonly notes?: string;
  /** @returns the exit code; 0 when nothing is returned */
  execute(given: Arguments): Promise<number | undefined>;
}

/** Options that every command has. */
export const HELP: OptionSpec = { name: "help", help: "show this help" };

/** What was given to a command. */
export class Arguments {
  constructor(
    readonly operands: readonly string[],
    private readonly values: ReadonlyMap<string, readonly string[]>,
  ) {}

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The last value of an option. */
  text(name: string): string | undefined {
    return this.values.get(name)?.at(-1);
  }

  list(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /**
   * @throws Failure when the value is not a whole number from `least` to `most`
   */
  count(name: string, otherwise: number, least = 1, most = Infinity): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < least || value > most) {
      const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new Failure(`--${name} is "${text}", expected a whole number ${range}`);
    }
    return value;
  }
}

/** `, nearest "run"`, when at most half of the letters differ. */
export function suggestion(given: string, known: readonly string[], prefix = ""): string {
  const nearest = nearestName(given, known, Math.ceil(given.length / 2));
  return nearest === null ? "" : `, nearest "${prefix}${nearest}"`;
}

/**
 * @param argv what follows the command's name
 * @throws Failure for an unknown option, a missing value, and a wrong number of operands
 */
export function readArguments(command: Command, argv: readonly string[]): Arguments {
  const specs = [...command.options, HELP];
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      specs.map(({ name, value }) => [name, { type: value ? "string" : "boolean" } as const]),
    ),
    strict: false,
    tokens: true,
  });
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const spec = specs.find(({ name }) => token.rawName === `--${name}`);
    if (!spec) throw unknownOption(command, token.rawName, specs);
    const value = valueOf(spec, token.value, token.inlineValue ?? false);
    const before = values.get(spec.name);
    if (before && spec.value && !spec.multiple) {
      throw new Failure(`--${spec.name} is given twice, expected once`);
    }
    values.set(spec.name, [...(before ?? []), value]);
  }
  if (!values.has(HELP.name)) checkOperands(command, operands);
  return new Arguments(operands, values);
}

function unknownOption(command: Command, given: string, specs: readonly OptionSpec[]): Failure {
  const names = specs.map(({ name }) => name);
  const near = suggestion(given.replace(/^-+/, ""), names, "--");
  const rest = near || `; see lightfuse ${command.name} --help`;
  return new Failure(`${command.name} has no option "${given}"${rest}`);
}

function valueOf(spec: OptionSpec, value: string | undefined, inline: boolean): string {
  if (!spec.value) {
    if (value !== undefined) throw new Failure(`--${spec.name} takes no value, but has "${value}"`);
    return "";
  }
  const isOption = !inline && value?.startsWith("--") === true;
  if (value === undefined || value === "" || isOption) {
    throw new Failure(`--${spec.name} needs a value: --${spec.name} ${spec.value}`);
  }
  return value;
}

function checkOperands({ name, operands }: Command, given: readonly string[]): void {
  if (given.length < operands.length) {
    throw new Failure(`${name} needs ${operands[given.length]}: ${usageOf(name, operands)}`);
  }
  if (given.length > operands.length) {
    throw new Failure(`${name} does not know what to do with "${given[operands.length]}"`);
  }
}

function usageOf(name: string, operands: readonly string[]): string {
  return ["lightfuse", name, ...operands].join(" ");
}

export function formatHelp(command: Command): string {
  const { name, summary, operands, options, notes } = command;
  const rows = [...options, HELP].map((option) => [
    `  --${option.name}${option.value ? ` ${option.value}` : ""}`,
    option.help,
  ]);
  const usage = `usage: ${usageOf(name, operands)}${options.length > 0 ? " [options]" : ""}`;
  const parts = [`${usage}\n\n${sentence(summary)}`, `options:\n${table(rows)}`];
  return [...parts, ...(notes ? [notes] : [])].join("\n\n");
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
