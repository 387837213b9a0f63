/** Reads the options of a benchmark: `--name value`, `--flag`, and names without dashes. */

export interface Options {
  readonly names: readonly string[];
  text(name: string): string | undefined;
  list(name: string): string[] | undefined;
  count(name: string, otherwise: number): number;
  has(name: string): boolean;
}

/** @throws Error for an option that is not known, or has no value or a wrong one */
export function parseOptions(
  given: readonly string[],
  known: { readonly values: readonly string[]; readonly flags: readonly string[] },
): Options {
  const values = new Map<string, string>();
  const names: string[] = [];
  for (let i = 0; i < given.length; i++) {
    if (!given[i].startsWith("--")) {
      names.push(given[i]);
      continue;
    }
    const [name, joined] = given[i].slice(2).split(/=(.*)/s);
    if (known.flags.includes(name)) values.set(name, "");
    else if (known.values.includes(name)) {
      const value = joined ?? given[++i];
      if (value === undefined) throw new Error(`--${name} needs a value`);
      values.set(name, value);
    } else {
      const all = [...known.values, ...known.flags].map((option) => `--${option}`);
      throw new Error(`--${name} is not known; options: ${all.join(" ")}`);
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
