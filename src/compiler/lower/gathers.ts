/** How up-samplings and shifts are computed where they are read. */
import { bilinearOperand, shiftedOperand, upsampledOperand } from "../../shaders/sample/gathers.ts";
import { bilinearAxes, upsampleFactor } from "../upsampling.ts";
import type { Context } from "./lowering.ts";

export const gathers: Context["gathers"] = (node, y) => {
  if (node.op === "shift") return shiftedOperand(y, node.attributes);
  const axes = bilinearAxes(node);
  if (!axes) return upsampledOperand(y.width, upsampleFactor(node)!);
  const [height, width] = node.inputs[0]!.shape.slice(2);
  return bilinearOperand(y.width, [height, width], axes);
};
