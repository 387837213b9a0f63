/** How up-samplings and shifts are computed where they are read. */
import { shiftedOperand, upsampledOperand } from "../../shaders/sample/gathers.ts";
import { upsampleFactor } from "../upsampling.ts";
import type { Context } from "./lowering.ts";

export const gathers: Context["gathers"] = (node, y) =>
  node.op === "shift"
    ? shiftedOperand(y, node.attributes)
    : upsampledOperand(y.width, upsampleFactor(node)!);
