/** The attributes of a node; text is base64 in the file, integers are text or numbers. */
import { isObject, member, toInteger } from "./json.ts";

/** Sizes of a `tensorShape`, -1 where unknown; null when it gives no shape. */
export function parseDimensions(json: unknown): number[] | null {
  if (!isObject(json) || member(json, "unknownRank") === true) return null;
  const list = member(json, "dim") ?? [];
  if (!Array.isArray(list)) return null;
  return list.map((item) => {
    const size = isObject(item) ? toInteger(member(item, "size")) : null;
    return size === null || size < 0 ? -1 : size;
  });
}

/** Old converters write bytes as a list of numbers. */
function decodeText(json: unknown): string | null {
  if (Array.isArray(json)) return String.fromCharCode(...json.slice(0, 256).map(Number));
  if (typeof json !== "string") return null;
  try {
    return atob(json);
  } catch {
    return null;
  }
}

export class Attributes {
  constructor(
    private readonly json: unknown,
    private readonly fail: (message: string) => never,
  ) {}

  private field(name: string, kind: string): unknown {
    const entry = isObject(this.json) ? member(this.json, name) : undefined;
    return isObject(entry) ? member(entry, kind) : undefined;
  }

  private list(name: string, kind: string): readonly unknown[] {
    const list = this.field(name, "list");
    const items = isObject(list) ? (member(list, kind) ?? []) : [];
    return Array.isArray(items) ? items : [];
  }

  private read<T>(name: string, json: unknown, value: T | null, kind: string, otherwise?: T): T {
    if (json === undefined && otherwise !== undefined) return otherwise;
    if (json !== undefined && value !== null) return value;
    return this.fail(
      json === undefined ? `has no attribute "${name}"` : `has "${name}" that is not ${kind}`,
    );
  }

  int(name: string, otherwise?: number): number {
    const json = this.field(name, "i");
    return this.read(name, json, toInteger(json), "an integer", otherwise);
  }

  float(name: string, otherwise?: number): number {
    const json = this.field(name, "f");
    const value = typeof json === "number" || typeof json === "string" ? Number(json) : null;
    return this.read(name, json, value, "a number", otherwise);
  }

  bool(name: string): boolean {
    return this.field(name, "b") === true;
  }

  text(name: string, otherwise?: string): string {
    const json = this.field(name, "s");
    return this.read(name, json, decodeText(json), "text", otherwise);
  }

  /** A list of integers, empty when absent. */
  ints(name: string): number[] {
    return this.list(name, "i").map((json) =>
      this.read(name, json, toInteger(json), "a list of integers"),
    );
  }

  texts(name: string): string[] {
    return this.list(name, "s").map((json) =>
      this.read(name, json, decodeText(json), "a list of texts"),
    );
  }

  /** `DT_FLOAT`, or the number of old files. */
  type(name: string): string | number {
    const json = this.field(name, "type");
    const value = typeof json === "string" || typeof json === "number" ? json : null;
    return this.read<string | number>(name, json, value, "a type");
  }

  dimensions(name: string): number[] | null {
    return parseDimensions(this.field(name, "shape"));
  }
}
