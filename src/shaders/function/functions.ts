/** Stages of the rarer functions of one value. Each brings its files, which the core does not have. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import type { ParamFields, Stage } from "../kernel.ts";
import type { Packed } from "../spec.ts";
import { fileName } from "../stage/stages.ts";

const texts = import.meta.glob<string>("./*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});

const FILES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(texts).map(([path, text]) => [`function/${path.slice(2, -".wgsl".length)}`, text]),
);

/** Mantissa bits dropped, and the bits of the least normal number and of the least that overflows. */
const FORMATS = {
  float16: { DROPPED: 13, LEAST_NORMAL: 0x38800000, OVERFLOW: 0x477ff000 },
  bfloat16: { DROPPED: 16, LEAST_NORMAL: 0, OVERFLOW: 0x7f800000 },
};

const LOOKUP: ParamFields = [
  ["table", "u32"],
  ["first", "f32"],
  ["density", "f32"],
  ["intervals", "f32"],
  ["below", "f32"],
  ["above", "f32"],
];

type Lookup = Extract<UnaryAttributes, { kind: "lookup" }>;

function lookupValues({ table, range, below, above }: Lookup): Record<string, number> {
  const intervals = table.length - 1;
  return {
    first: range[0],
    density: intervals / (range[1] - range[0]),
    intervals,
    below: below ?? table[0],
    above: above ?? table[intervals],
  };
}

/** The entries of a table, each with the difference to the next. */
export function packTable(table: readonly number[]): Packed {
  const data = new Float32Array(table.length * 4);
  table.forEach((entry, i) => data.set([entry, (table[i + 1] ?? entry) - entry], i * 4));
  return { offset: 0, data };
}

/** `table`: the place of a lookup's table in the weight buffer, packed by `packTable`. */
export function functionStage(attributes: UnaryAttributes, table = 0): Stage {
  const stage = { name: `function/${fileName(attributes.kind)}`, files: FILES };
  switch (attributes.kind) {
    case "isInf":
      return {
        ...stage,
        overrides: { POSITIVE: Number(attributes.positive), NEGATIVE: Number(attributes.negative) },
      };
    case "roundTo":
      return { ...stage, overrides: FORMATS[attributes.format] };
    case "lookup": {
      const { mode, gated } = attributes;
      return {
        ...stage,
        overrides: { LINEAR: Number(mode === "linear"), GATED: Number(gated) },
        params: LOOKUP,
        values: { table, ...lookupValues(attributes) },
      };
    }
    default:
      return stage;
  }
}
