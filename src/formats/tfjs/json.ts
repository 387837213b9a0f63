/** Reads of JSON that nobody vouches for. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** A member that the file itself gives; never one of `Object.prototype`. */
export function member(json: JsonObject, key: string): unknown {
  return Object.hasOwn(json, key) ? json[key] : undefined;
}

/** TensorFlow's JSON has int64 as text; anything but an integer gives null. */
export function toInteger(json: unknown): number | null {
  const number =
    typeof json === "string" && json.trim() !== "" ? Number(json) : (json as number | undefined);
  return Number.isSafeInteger(number) ? (number as number) : null;
}
