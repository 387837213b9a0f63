/** Reads the options of a benchmark: `--name value`, `--flag`, and names without dashes; writes its help. */

export interface Options {
  readonly names: readonly string[];
  text(name: string): string | undefined;
  list(name: string): string[] | undefined;
  count(name: string, otherwise: number): number;
  has(name: string): boolean;
}

/** What a benchmark can be told; each option with one line of help. */
export interface KnownOptions {
  /** First line of the help, and how the command is called. */
  readonly usage: string;
  readonly values: Readonly<Record<string, string>>;
  readonly flags: Readonly<Record<string, string>>;
}

/** @throws Error for an option that is not known, or has no value or a wrong one */
export function parseOptions(given: readonly string[], known: KnownOptions): Options {
  const values = new Map<string, string>();
  const names: string[] = [];
  for (let i = 0; i < given.length; i++) {
    if (!given[i].startsWith("--")) {
      names.push(given[i]);
      continue;
    }
    const [name, joined] = given[i].slice(2).split(/=(.*)/s);
    if (name in known.flags || name === "help") values.set(name, "");
    else if (name in known.values) {
      const value = joined ?? given[++i];
      if (value === undefined) throw new Error(`--${name} needs a value`);
      values.set(name, value);
    } else {
      const all = [...Object.keys(known.values), ...Object.keys(known.flags), "help"];
      const dashed = all.map((option) => `--${option}`).join(" ");
      throw new Error(`--${name} is not known; options: ${dashed}`);
    }
  }
  return {
    names,
    text: (name) => values.get(name),
    list: (name) => values.get(name)?.split(",").filter(Boolean),
    count(name, otherwise) {
      const text = values.get(name);
      const number = text === undefined ? otherwise : Number(text);
      if (Number.isInteger(number) && number > 0) return number;
      throw new Error(`--${name} ${text}: expected a whole number of at least 1`);
    },
    has: (name) => values.has(name),
  };
}

/** The help of a benchmark: usage, then an option a line. */
export function formatHelp({ usage, values, flags }: KnownOptions): string {
  const rows = [
    ...Object.entries(values).map(([name, help]) => [`--${name} <value>`, help]),
    ...Object.entries({ ...flags, help: "show this" }).map(([name, help]) => [`--${name}`, help]),
  ];
  const width = Math.max(...rows.map(([option]) => option.length));
  return [usage, "", ...rows.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`)].join(
    "\n",
  );
}
