/** Reads values out of parsed JSON that nobody has checked, and says where one is wrong. */
import { FormatError } from "../../graph/errors.ts";

type Scalar = string | number | boolean | null;

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

/** Numbers beyond this are not believed. */
const MAX_INTEGER = 65536;

export class ConfigReader {
  private readonly json: Readonly<Record<string, unknown>>;
  private readonly where: string;

  /** @throws FormatError when the JSON is no object */
  constructor(json: unknown, where: string) {
    if (!isObject(json)) throw new FormatError(`${where}: expected an object`);
    this.json = json;
    this.where = where;
  }

  /** @throws FormatError always */
  fail(problem: string): never {
    throw new FormatError(`${this.where}: ${problem}`);
  }

  /** The member itself; an inherited one, or null in the file, is absent. */
  private member(name: string): unknown {
    return Object.hasOwn(this.json, name) ? (this.json[name] ?? undefined) : undefined;
  }

  private wrong(name: string, value: unknown, expected: string): never {
    if (value === undefined) return this.fail(`has no "${name}"`);
    const text = JSON.stringify(value);
    const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
    return this.fail(`"${name}" is ${shown}, expected ${expected}`);
  }

  /** null where it is absent. */
  object(name: string): ConfigReader | null {
    const value = this.member(name);
    return value === undefined ? null : new ConfigReader(value, `${this.where}, ${name}`);
  }

  objects(name: string): ConfigReader[] {
    const value = this.member(name);
    if (!Array.isArray(value)) return this.wrong(name, value, "a list");
    return value.map((item, i) => new ConfigReader(item, `${this.where}, ${name}[${i}]`));
  }

  text(name: string): string {
    const value = this.member(name);
    return typeof value === "string" ? value : this.wrong(name, value, "text");
  }

  oneOf(name: string, known: readonly string[], otherwise?: string): string {
    const value = this.member(name) ?? otherwise;
    if (typeof value === "string" && known.includes(value)) return value;
    return this.wrong(name, value, known.join(" or "));
  }

  number(name: string, otherwise?: number): number {
    const value = this.member(name) ?? otherwise;
    if (typeof value === "number" && value > 0 && value <= MAX_INTEGER) return value;
    return this.wrong(name, value, `a number up to ${MAX_INTEGER}`);
  }

  integer(name: string, otherwise?: number): number {
    const value = this.number(name, otherwise);
    if (Number.isInteger(value)) return value;
    return this.wrong(name, value, `an integer of 1 to ${MAX_INTEGER}`);
  }

  /** False where it is absent. */
  flag(name: string): boolean {
    const value = this.member(name) ?? false;
    return typeof value === "boolean" ? value : this.wrong(name, value, "true or false");
  }

  /** Checks a member that can have one value only. */
  expect(name: string, expected: Scalar, otherwise?: Scalar): void {
    const value = this.member(name) ?? otherwise;
    if (value !== expected) this.wrong(name, value, JSON.stringify(expected));
  }
}
