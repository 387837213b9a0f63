/** The sections of a Darknet configuration, `[convolutional]` and the like, with their options. */
import { FormatError } from "../../graph/errors.ts";

export interface Section {
  /** Without brackets. */
  readonly type: string;
  readonly options: Readonly<Record<string, string | number>>;
  /** Line of the file, for errors; 0 for sections that do not come from a file. */
  readonly line?: number;
}

/** The options of a section, read and checked. */
export class Options {
  constructor(
    readonly section: Section,
    private readonly where: string,
  ) {}

  /** @throws FormatError always */
  fail(problem: string): never {
    throw new FormatError(`${this.where}: ${problem}`);
  }

  has(name: string): boolean {
    return this.section.options[name] !== undefined;
  }

  /** @throws FormatError when the option is not a number */
  number(name: string, missing: number): number {
    const given = this.section.options[name];
    const value = given === undefined || given === "" ? missing : Number(given);
    if (!Number.isFinite(value)) this.fail(`${name}=${given} is not a number`);
    return value;
  }

  /** @throws FormatError when the option is not an integer of `least` to `most` */
  integer(name: string, missing: number, least = 0, most = 65_536): number {
    const value = this.number(name, missing);
    if (!Number.isInteger(value) || value < least || value > most) {
      this.fail(`${name}=${value} is not valid, expected an integer of ${least} to ${most}`);
    }
    return value;
  }

  text(name: string, missing: string): string {
    return String(this.section.options[name] ?? missing);
  }

  /** Integers between commas. @throws FormatError when one is not an integer */
  integers(name: string): number[] {
    const parts = this.text(name, "").split(",");
    return parts
      .filter((part) => part.trim() !== "")
      .map((part) => {
        const value = Number(part);
        if (!Number.isInteger(value)) this.fail(`${name}: "${part.trim()}" is not an integer`);
        return value;
      });
  }
}
