/** Builds the small graphs that the compiler's tests look at, and says in a line what became of them. */
import { compile } from "../../src/compiler/compile.ts";
import { CONVOLUTIONS } from "../../src/compiler/fusions/convolutions.ts";
import { GATES } from "../../src/compiler/fusions/gates.ts";
import { LOADS } from "../../src/compiler/fusions/loads.ts";
import { CORE } from "../../src/compiler/lower/lower.ts";
import { MORE } from "../../src/compiler/lower/more.ts";
import { joinTables } from "../../src/compiler/lower/table.ts";
import type { FusionSwitches } from "../../src/compiler/options.ts";
import { STRUCTURE } from "../../src/compiler/passes/structure.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import type { Conv2dAttributes } from "../../src/graph/attributes.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Node, Value } from "../../src/graph/graph.ts";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { bindWeights, listParameters } from "../../src/graph/weights.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";

/** How every operator is lowered. */
export const LOWER_TABLE = joinTables([CORE, MORE, GATES, STRUCTURE, LOADS, CONVOLUTIONS]);

/** The device that plans are made for: no adapter is asked. */
export const TRAITS: DeviceTraits = {
  subgroups: true,
  software: true,
  maxWorkgroupsPerDimension: 65_535,
  maxInvocationsPerWorkgroup: 256,
};

/** Numbers in [-1, 1) times `scale`, plus `shift`. */
export function numbers(shape: Shape, { seed = 0, scale = 1, shift = 0 } = {}): Tensor {
  const data = Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => shift + scale * syntheticNumber(seed * 65_536 + i),
  );
  return { shape, dtype: "float32", data };
}

/** The graph with zeros for weights, which are enough where only the plan is looked at. */
export function withZeros(graph: Graph): Graph {
  const parameters = listParameters(graph);
  const most = Math.max(...parameters.map(({ shape }) => sizeOf(shape)));
  const zeros = new Float32Array(most);
  const weights = parameters.map(({ parameter, shape }) => {
    const data = zeros.subarray(0, sizeOf(shape));
    return [parameter!, { shape, dtype: "float32", data }] as const;
  });
  return bindWeights(graph, new Map(weights), "zeros");
}

export function scalar(builder: GraphBuilder, value: number, shape: Shape = []): Value {
  return builder.constant({ shape, dtype: "float32", data: Float32Array.of(value) });
}

export interface Convolution extends Partial<Conv2dAttributes> {
  readonly out: number;
  readonly kernel?: number;
  readonly bias?: boolean;
  readonly name?: string;
}

/** A convolution with weights by formula. */
export function conv(builder: GraphBuilder, x: Value, options: Convolution): Value {
  const { out, kernel = 1, bias = true, name, ...attributes } = options;
  const ins = x.shape[1] / (attributes.groups ?? 1);
  const weight = builder.constant(numbers([out, ins, kernel, kernel], { seed: out }));
  const shift = bias ? builder.constant(numbers([out], { seed: out + 1 })) : null;
  return builder.conv2d(x, weight, shift, attributes, name);
}

export function batchNorm(builder: GraphBuilder, x: Value): Value {
  const statistics = [
    { seed: 1, shift: 1, scale: 0.5 },
    { seed: 2 },
    { seed: 3 },
    { seed: 4, shift: 1, scale: 0.5 },
  ].map((range) => builder.constant(numbers([x.shape[1]], range)));
  return builder.op("batchNorm", [x, ...statistics], { epsilon: 1e-3 });
}

/** `conv2d`, or the kind where an operator has kinds. */
export function kindOf(node: Node): string {
  return "kind" in node.attributes ? node.attributes.kind : node.op;
}

/** The kinds of the nodes in their order. */
export function kindsOf({ nodes }: Graph): string {
  return nodes.map(kindOf).join(", ");
}

export function planOf(graph: Graph, fuse: Partial<FusionSwitches> = {}): Plan {
  return compile(graph, TRAITS, { fuse }, LOWER_TABLE);
}

/** The kernels that always run, each with what rides on it: `mul > conv/pointwise > relu, add`. */
export function dispatchesOf({ dispatches }: Plan): string[] {
  return dispatches
    .filter(({ when }) => when === "always")
    .map(({ kernel, fused: { load_x = [], store_y = [] } }) => {
      const load = load_x.length > 0 ? `${load_x.join(", ")} > ` : "";
      const store = store_y.length > 0 ? ` > ${store_y.join(", ")}` : "";
      return load + kernel + store;
    });
}

/** Why data is only moved, one reason a dispatch. */
export function copiesOf({ dispatches }: Plan): string[] {
  return dispatches.flatMap(({ when, copy }) => (when === "always" && copy ? [copy] : []));
}
