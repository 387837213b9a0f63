/** How a kernel finds the quads of x where they lie apart: a table in a uniform struct. */
import type { LinkOptions } from "../shaders/link.ts";
import type { ParamFields } from "../shaders/kernel.ts";
import { divideUp } from "../shaders/spec.ts";
import type { Quads } from "../shaders/spec.ts";

/** Few sizes, so that layers share pipelines. */
const ENTRIES_STEP = 64;

const FILE = "shared/quad-of-x-table";

/** What links the table of x into a kernel that imports shared/quad-of-x. */
export function tableLinks(
  x: Quads | undefined,
): Required<Pick<LinkOptions, "imports" | "consts" | "uniforms">> | null {
  if (!x?.table) return null;
  const { table, images } = x;
  const count = divideUp(table.length, ENTRIES_STEP) * ENTRIES_STEP;
  const names = Array.from({ length: count }, (_, i) => `entry_${i}`);
  const params: ParamFields = ["quads", "unused_1", "unused_2", "unused_3", ...names].map(
    (name) => [name, "u32"] as const,
  );
  const values = Object.fromEntries(names.map((name, i) => [name, table[i] ?? table[0]]));
  return {
    imports: { "shared/quad-of-x": FILE },
    consts: { TABLE_ROWS: count / 4 },
    uniforms: { [FILE]: { params, values: { ...values, quads: table.length / images } } },
  };
}
