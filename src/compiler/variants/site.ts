/** A place in a model that one of several kernels may compute, and its name in tables of choices. */
import type { Conv2dAttributes } from "../../graph/attributes.ts";
import { GraphError } from "../../graph/errors.ts";
import { isOp } from "../../graph/rewrite.ts";
import { formatShape } from "../../graph/tensor.ts";
import { stageNames } from "../lower/fused.ts";
import { nameOf } from "../lower/lowering.ts";
import type { Group } from "../fusions/fusion.ts";

/** What the choice of a kernel may depend on. */
export interface Site {
  /** `pooledConv2d`: all taps of a filter are equal. */
  readonly op: "conv2d" | "pooledConv2d" | "convTranspose2d" | "linear";
  /** [N, C, H, W]; of a linear layer [N, I], as the next two */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** [O, C/groups, kh, kw], of a transposed convolution [C, O/groups, kh, kw] */
  readonly weight: readonly number[];
  /** Of a linear layer null. */
  readonly attributes: Conv2dAttributes | null;
  /** What is computed wherever a quad of x is loaded: names of stages. */
  readonly load: readonly string[];
  /** Values that stages read beside the result before it is stored. */
  readonly operands: number;
}

/** @throws GraphError when the core is no convolution and no linear layer */
export function siteOf({ core, load, store, forks, output }: Omit<Group, "composite">): Site {
  const [x, weight] = core.inputs;
  const stages = [...store, ...forks.flatMap((fork) => fork.stages)];
  const common = {
    x: x!.shape,
    y: output.shape,
    weight: weight!.shape,
    load: [...(load?.gather ? [load.gather.op] : []), ...stageNames(load?.stages ?? [])],
    operands: stages.filter(({ operand }) => operand !== null).length,
  };
  if (isOp(core, "linear")) return { ...common, op: "linear", attributes: null };
  if (isOp(core, "convTranspose2d")) {
    return { ...common, op: "convTranspose2d", attributes: core.attributes };
  }
  if (isOp(core, "conv2d")) {
    const { attributes } = core;
    return { ...common, op: attributes.equalTaps ? "pooledConv2d" : "conv2d", attributes };
  }
  throw new GraphError(`${nameOf(core)}: expected a convolution or a linear layer`);
}

/**
 * Equal sites have equal keys, in every model: `conv2d x=1x24x56x56 w=144x24x1x1 y=1x144x56x56 s=1x1
 * p=0x0x0x0 d=1x1 g=1 operands=1`.
 */
export function siteKey({ op, x, y, weight, attributes, load, operands }: Site): string {
  const parts: (readonly [string, string | number])[] = [
    ["x", formatShape(x)],
    ["w", formatShape(weight)],
    ["y", formatShape(y)],
  ];
  if (attributes) {
    const { stride, padding, dilation, groups, branches = [] } = attributes;
    parts.push(["s", stride.join("x")], ["p", padding.join("x")], ["d", dilation.join("x")]);
    parts.push(["g", groups]);
    const full = branches.find(({ isCentre }) => !isCentre);
    if (full?.start) parts.push(["centre", full.start]);
  }
  if (load.length > 0) parts.push(["load", load.join("+").replaceAll(" ", "")]);
  if (operands > 0) parts.push(["operands", operands]);
  return [op, ...parts.map(([name, value]) => `${name}=${value}`)].join(" ");
}
