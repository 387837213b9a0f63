/** Contract of elementwise/where.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel, ParamFields } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";
import { broadcastStrides } from "../stage/stages.ts";
import source from "./where.wgsl?raw";

const OPERANDS = ["condition", "a", "b"] as const;

/** The operands broadcast to y by `broadcastStrides`. */
export interface WhereSpec {
  readonly condition: Quads;
  readonly a: Quads;
  readonly b: Quads;
  readonly y: Quads;
  /** The operands that are constants, with offsets in the weight buffer; none by default. */
  readonly fromWeights?: readonly (typeof OPERANDS)[number][];
}

const WORKGROUP = 64;

const operandFields = (name: string): ParamFields =>
  ["", "_image", "_quad", "_pixel", "_splat"].map((suffix) => [name + suffix, "u32"] as const);

function operandParams(name: string, operand: Quads, y: Quads): Record<string, number> {
  const { image, quad, pixel, splat } = broadcastStrides(operand, y);
  return {
    [name]: operand.offset,
    [`${name}_image`]: image,
    [`${name}_quad`]: quad,
    [`${name}_pixel`]: pixel,
    [`${name}_splat`]: splat,
  };
}

export const where: Kernel<WhereSpec> = {
  name: "elementwise/where",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ...OPERANDS.flatMap(operandFields),
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_area", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: OPERANDS.map((name) => `${name.toUpperCase()}_FROM_WEIGHTS`),
  slots: ["store_y"],
  configure(spec, device) {
    const { y, fromWeights = [] } = spec;
    const count = y.images * imageSize(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      consts: Object.fromEntries(
        OPERANDS.map((name) => [`${name.toUpperCase()}_FROM_WEIGHTS`, fromWeights.includes(name)]),
      ),
      params: {
        ...operandParams("condition", spec.condition, y),
        ...operandParams("a", spec.a, y),
        ...operandParams("b", spec.b, y),
        y: y.offset,
        y_image: y.imageStride,
        y_quads: quadsOf(y.channels),
        y_area: y.height * y.width,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
