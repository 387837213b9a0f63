/** Axes as uniform fields, one by one: a uniform struct of scalars has no arrays. */
import { ShaderError } from "../../graph/errors.ts";
import type { ParamFields, ParamType } from "../kernel.ts";

/** The greatest rank of a flat tensor. */
export const MAX_RANK = 6;

/** `d0` to `d5` for prefix `d`; the last field is the innermost axis. */
export function axisFields(prefix: string, type: ParamType = "i32", rank = MAX_RANK): ParamFields {
  return Array.from({ length: rank }, (_, i) => [`${prefix}${i}`, type] as const);
}

/**
 * A value for each of the fields, aligned to the innermost axis; `missing` for those in front.
 * @throws ShaderError when there are more axes than fields.
 */
export function axisParams(
  kernel: string,
  prefix: string,
  values: readonly number[],
  missing: number,
  rank = MAX_RANK,
): Record<string, number> {
  if (values.length > rank) {
    throw new ShaderError(`${kernel}: ${values.length} axes, expected at most ${rank}`);
  }
  const fields: Record<string, number> = {};
  for (let i = 0; i < rank; i++) {
    fields[`${prefix}${i}`] = values[i - rank + values.length] ?? missing;
  }
  return fields;
}
