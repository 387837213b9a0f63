/** Into which operators of this library each ONNX operator goes: seen by importing a node of it. */
import { parseOnnx, supportedOnnxOperators } from "../../src/formats/onnx/all.ts";
import { encodeOnnx, floats, longs, ones } from "../formats/onnx-encode.ts";
import type { AttributeSpec, InputSpec, TensorSpec } from "../formats/onnx-encode.ts";
import type { OperatorName } from "../../src/graph/attributes.ts";
import { firstOf } from "./probes.ts";

/** What a node reads: graph inputs and initializers by name, in this order; "" leaves one out. */
type Inputs = readonly (InputSpec | TensorSpec | "")[];

const real = (name: string, shape: number[], type = 1): InputSpec => ({ name, shape, type });
const x = real("x", [1, 4, 6, 6]);
const bytes = (name: string, dims: number[], type = 2): TensorSpec => ({
  ...{ name, dims, type },
  ints: new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(1),
});
const scale = floats("scale", [], [0.5]);
const vectors = (...names: string[]) => names.map((name) => ones(name, [4]));
const quantized = [real("q", [1, 4, 6, 6], 2), scale, bytes("zero", [])];
const matrix = [real("m", [1, 4], 2), scale, bytes("zero", [])];

/** Tried one after the other: the first that an operator takes says what becomes of it. */
const PROBES: readonly Inputs[] = [
  [x],
  [x, real("indices", [2], 7)],
  [x, scale, floats("limit", [], [4])],
  [x, real("b", [1, 4, 6, 6])],
  [x, ones("w", [4, 4, 3, 3])],
  [x, ones("w", [4, 4, 3, 3]), real("offset", [1, 18, 4, 4])],
  [x, ...vectors("gamma", "beta", "mean", "variance")],
  [x, ...vectors("gamma", "beta")],
  [x, ones("gamma", [6])],
  [real("rows", [3, 4]), ones("w", [4, 5])],
  [x, longs("axes", [0])],
  [x, longs("shape", [1, 4, 36])],
  [x, longs("wide", [2, 4, 6, 6])],
  [x, longs("pads", [0, 0, 1, 1, 0, 0, 1, 1])],
  [x, "", floats("scales", [4], [1, 1, 2, 2])],
  [x, floats("scales", [4], [1, 1, 2, 2])],
  [x, longs("starts", [1]), longs("ends", [3]), longs("axis", [2])],
  [x, { ...longs("k", [2]), dims: [1] }],
  [x, real("indices", [1, 4, 6, 6], 7)],
  [x, real("indices", [2, 4], 7), real("updates", [2])],
  [x, real("indices", [1, 4, 6, 6], 7), real("updates", [1, 4, 6, 6])],
  [x, real("grid", [1, 5, 5, 2])],
  [real("condition", [1, 4], 9), real("a", [1, 4]), real("b", [1, 4])],
  [real("a", [1, 4], 9), real("b", [1, 4], 9)],
  [real("boxes", [1, 6, 4]), real("scores", [1, 2, 6]), longs("most", [3])],
  [real("indices", [3], 7), longs("depth", [4]), floats("values", [2], [0, 1])],
  [longs("shape", [2, 3])],
  [scale, floats("limit", [], [4]), floats("delta", [], [1])],
  [x, scale, bytes("zero", [])],
  [...quantized],
  [real("q", [1, 4, 6, 6], 2), bytes("w", [4, 4, 3, 3])],
  [real("m", [1, 4], 2), bytes("w", [4, 5])],
  [...quantized, bytes("w", [4, 4, 3, 3]), scale, bytes("zero", []), scale, bytes("zero", [])],
  [...matrix, bytes("w", [4, 5]), scale, bytes("zero", []), scale, bytes("zero", [])],
  [...quantized, ...quantized, scale, bytes("zero", [])],
  [...quantized, scale, bytes("zero", [])],
  [scale, bytes("zero", []), ...quantized],
  [],
];

/** For all operators: those that do not know an attribute leave it. */
const ATTRIBUTES: Record<string, AttributeSpec> = {
  axis: 1,
  kernel_shape: [3, 3],
  blocksize: 2,
  to: 6,
  size: 3,
  num_groups: 2,
  equation: "bchw->bhwc",
  value: { t: ones("", [1]) },
};

const isInput = (spec: InputSpec | TensorSpec): spec is InputSpec => "shape" in spec;

/** @throws Error when the importer does not take the inputs. */
function importOf(
  name: string,
  given: Inputs,
  attributes: typeof ATTRIBUTES,
  outputs = ["y"],
): OperatorName[] {
  const dot = name.lastIndexOf(".");
  const [domain, op] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  const specs = given.filter((spec) => spec !== "");
  const unique = [...new Map(specs.map((spec) => [spec.name, spec])).values()];
  const graph = parseOnnx(
    encodeOnnx({
      opset: op === "Upsample" ? 9 : 21,
      inputs: unique.filter(isInput),
      outputs,
      initializers: unique.filter((spec) => !isInput(spec)) as TensorSpec[],
      nodes: [
        {
          ...{ op, domain, attributes, outputs },
          inputs: given.map((spec) => (spec === "" ? "" : (spec.name ?? ""))),
        },
      ],
    }),
  );
  return [...new Set(graph.nodes.map((node) => node.op))];
}

/**
 * By ONNX name the operators that a node of it becomes; none where it is known at import.
 * @throws Error that names an ONNX operator for which there is no probe
 */
export function probeOnnx(): Map<string, readonly OperatorName[]> {
  const indices = importOf("MaxPool", [x], ATTRIBUTES, ["y", "indices"]);
  return new Map<string, readonly OperatorName[]>([
    ...supportedOnnxOperators.map((name): [string, readonly OperatorName[]] => {
      const attempts = [ATTRIBUTES, {}].flatMap((attributes) =>
        PROBES.map((inputs) => () => importOf(name, inputs, attributes)),
      );
      return [name, firstOf(`test/docs/onnx-probes.ts: ${name}`, attempts)];
    }),
    ["MaxPool (with indices)", indices],
  ]);
}
