/** Makes the stages of the rarer functions of one value. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import { functionStage, packTable } from "../../shaders/function/functions.ts";
import type { Lowering } from "./lowering.ts";
import type { StageMaker } from "./step.ts";

/** The table of a lookup is a constant like a weight: its place is known when the stage is made. */
export function functionMaker(lowering: Lowering, attributes: UnaryAttributes): StageMaker {
  if (attributes.kind !== "lookup") return () => functionStage(attributes);
  const { table } = attributes;
  const packed = lowering.pack(table, "table", () => packTable(table));
  return () => functionStage(attributes, packed.offset);
}
