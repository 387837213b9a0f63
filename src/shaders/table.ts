/** How a kernel finds the quads of a tensor where they lie apart: a table in a uniform struct. */
import type { ParamFields, Stage } from "./kernel.ts";
import type { LinkOptions } from "./link.ts";
import { divideUp } from "./spec.ts";
import type { Quads } from "./spec.ts";

/** Few sizes, so that layers share pipelines. */
const ENTRIES_STEP = 64;

const FILE = "shared/quad-of-x-table";

/** The uniform struct of a table, and the const that says how long it is. */
export function tableUniform(
  table: readonly number[],
  images: number,
): Required<Pick<Stage, "params" | "values" | "consts">> {
  const count = divideUp(table.length, ENTRIES_STEP) * ENTRIES_STEP;
  const names = Array.from({ length: count }, (_, i) => `entry_${i}`);
  const params: ParamFields = ["quads", "unused_1", "unused_2", "unused_3", ...names].map(
    (name) => [name, "u32"] as const,
  );
  const values = Object.fromEntries(names.map((name, i) => [name, table[i] ?? table[0]]));
  const quads = table.length / images;
  return { params, values: { ...values, quads }, consts: { TABLE_ROWS: count / 4 } };
}

/** What links the table of x into a kernel that imports shared/quad-of-x. */
export function tableLinks(
  x: Quads | undefined,
): Required<Pick<LinkOptions, "imports" | "consts" | "uniforms">> | null {
  if (!x?.table) return null;
  const { consts, ...uniform } = tableUniform(x.table, x.images);
  return { imports: { "shared/quad-of-x": FILE }, consts, uniforms: { [FILE]: uniform } };
}
