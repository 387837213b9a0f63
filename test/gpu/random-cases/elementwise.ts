/** Random element-wise operators, of rank 0 to 6. */
import fc from "fast-check";
import { CASES } from "../../cases.ts";
import type { CaseInput } from "../../cases/case.ts";
import { broadcasting, broadcastTo, choice, named, shapeOf } from "./parts.ts";

/** Functions and operands as in the shared table, where they are defined. */
export const unary = fc
  .record({ shape: shapeOf(0, 6), like: choice(CASES.unary) })
  .map(({ shape, like }) => named("unary", [{ ...like.inputs[0], shape }], like.attributes));

/** y has the shape; the operands lack axes and have ones. */
const operands = { shape: shapeOf(0, 6, 4), a: broadcasting, b: broadcasting };

export const binary = fc
  .record({ ...operands, like: choice(CASES.binary), known: fc.boolean() })
  .map(({ shape, a, b, like, known }) => {
    const [left, right] = like.inputs;
    const inputs: CaseInput[] = [
      { ...left, shape: broadcastTo(shape, ...a), constant: false },
      { ...right, shape: broadcastTo(shape, ...b), constant: known },
    ];
    return named("binary", inputs, like.attributes);
  });

export const prelu = fc
  .record({ shape: shapeOf(0, 6, 4), slope: broadcasting, known: fc.boolean() })
  .map(({ shape, slope, known }) =>
    named("prelu", [{ shape }, { shape: broadcastTo(shape, ...slope), constant: known }], {}),
  );

export const where = fc
  .record({ ...operands, condition: broadcasting, whole: fc.boolean() })
  .map(({ shape, a, b, condition, whole }) => {
    const dtype = whole ? "int32" : "float32";
    const inputs: CaseInput[] = [
      { shape: broadcastTo(shape, ...condition), dtype: "bool" },
      { shape: broadcastTo(shape, ...a), dtype },
      { shape: broadcastTo(shape, ...b), dtype },
    ];
    return named("where", inputs, {});
  });

const TYPES = ["float32", "int32", "bool"] as const;

export const cast = fc
  .record({ shape: shapeOf(0, 6), from: choice(TYPES), to: choice(TYPES) })
  .map(({ shape, from, to }) => {
    const floats: Partial<CaseInput> = { range: [-3, 3], step: 0.25 };
    const input: CaseInput = { shape, dtype: from, ...(from === "float32" && floats) };
    return named("cast", [input], { to });
  });
