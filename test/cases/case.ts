/** What a test case is, and how its inputs are filled by formula (blocks.md D.3). */
import type { OperatorAttributes, OperatorName } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { allocate, formatShape, sizeOf } from "../../src/graph/tensor.ts";
import type { DataType, Shape, Tensor } from "../../src/graph/tensor.ts";

export interface CaseInput {
  readonly shape: Shape;
  readonly dtype?: DataType;
  /** A weight: known before the run. */
  readonly constant?: boolean;
  /** Least and greatest element, instead of those of the formula. */
  readonly range?: readonly [number, number];
  /** Elements are rounded to multiples of it, so that ties and exact halves occur. */
  readonly step?: number;
}

export interface Case<K extends OperatorName = OperatorName> {
  /** The operator and every parameter: `conv2d x=1x3x9x7 k=3x5 s=2x1 d=1x2 p=1x4 groups=3`. */
  readonly name: string;
  readonly op: K;
  readonly inputs: readonly CaseInput[];
  readonly attributes: OperatorAttributes[K];
}

/** A case; its name is the operator, the shapes of its inputs, and `parameters`. */
export function makeCase<K extends OperatorName>(
  op: K,
  inputs: readonly CaseInput[],
  attributes: OperatorAttributes[K],
  parameters = "",
): Case<K> {
  const shapes = inputs.map(({ shape, dtype, constant }) => {
    const type = dtype && dtype !== "float32" ? `:${dtype}` : "";
    return `${constant ? "w" : "x"}=${formatShape(shape)}${type}`;
  });
  return { name: [op, ...shapes, parameters].join(" ").trimEnd(), op, inputs, attributes };
}

const FIRST_DATA = 0x40000000;
const NEXT_DATA = 0x01000000;
const FIRST_BIAS = 0x10000000;

/** Data in [-1, 1); weights scaled by their fan-in; vectors are biases in [-0.1, 0.1). */
function formula({ shape, constant }: CaseInput, dataIndex: number): (i: number) => number {
  if (!constant) return (i) => syntheticNumber(FIRST_DATA + dataIndex * NEXT_DATA + i);
  if (shape.length < 2) return (i) => 0.1 * syntheticNumber(FIRST_BIAS + i);
  const scale = Math.fround(Math.sqrt(6 / sizeOf(shape.slice(1))));
  return (i) => syntheticNumber(i) * scale;
}

function fillInput(input: CaseInput, dataIndex: number): Tensor {
  const { shape, dtype = "float32", range, step } = input;
  const [least, greatest] = range ?? (dtype === "int32" ? [-8, 8] : [-1, 1]);
  const plain = formula(input, dataIndex);
  // Only the formula's numbers in [-1, 1) can be stretched to a range.
  const number = formula({ ...input, constant: false }, input.constant ? 15 : dataIndex);
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const ranged = least + ((number(i) + 1) / 2) * (greatest - least);
    const value = range || dtype === "int32" ? ranged : plain(i);
    if (dtype === "int32") data[i] = Math.floor(value);
    else if (dtype === "bool") data[i] = Number(value > 0);
    else data[i] = step ? Math.round(value / step) * step : value;
  }
  return { shape: [...shape], dtype, data };
}

/** The elements of every input, in the order of `case.inputs`, constants included. */
export function caseInputs(case_: Pick<Case, "inputs">): Tensor[] {
  let dataCount = 0;
  return case_.inputs.map((input) => fillInput(input, input.constant ? 0 : dataCount++));
}

/** The inputs of `buildCase`'s graph by name: x0, x1, .. */
export function caseFeeds(case_: Pick<Case, "inputs">): Record<string, Tensor> {
  const tensors = caseInputs(case_).filter((_, i) => !case_.inputs[i].constant);
  return Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor]));
}

/** A graph of the one operator: inputs x0, x1, .. (constants are inside), outputs y0, y1, .. */
export function buildCase(case_: Case): Graph {
  const builder = new GraphBuilder(case_.name);
  const tensors = caseInputs(case_);
  const values = case_.inputs.map(({ constant }, i) =>
    constant
      ? builder.constant(tensors[i])
      : builder.input(`x${builder.graph.inputs.length}`, tensors[i].shape, tensors[i].dtype),
  );
  const outputs = builder.apply(case_.op, values, case_.attributes, case_.op);
  outputs.forEach((value, i) => builder.output(`y${i}`, value));
  return builder.graph;
}
