/** Runs an ONNX node on the GPU, and compares what it gives with the reference. */
import { load } from "../../src/model.ts";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import { dataTypeOf } from "../../src/formats/onnx/tensors.ts";
import { allocate, sizeOf } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { expectNear } from "../gpu/compare.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { encodeOnnx } from "./onnx-encode.ts";
import type { AttributeSpec, TensorSpec } from "./onnx-encode.ts";

export interface NodeInput {
  readonly shape: number[];
  readonly data: readonly number[];
  /** TensorProto.DataType; 1 is float32 */
  readonly type?: number;
  /** In the file, or given with each run. */
  readonly constant?: boolean;
}

export interface RunOptions {
  readonly attributes?: Record<string, AttributeSpec>;
  readonly outputs?: string[];
  readonly opset?: number;
  readonly domain?: string;
}

/** A row of numbers, or a matrix; integers have the type of int64 where no other is given. */
export const input = (data: readonly number[] | readonly number[][], type = 1): NodeInput => {
  const isMatrix = Array.isArray(data[0]);
  const shape = isMatrix ? [data.length, (data[0] as number[]).length] : [data.length];
  return { shape, data: data.flat(), type };
};

export const constant = (data: readonly number[] | readonly number[][], type = 1): NodeInput => ({
  ...input(data, type),
  constant: true,
});

/** A scalar that is in the file. */
export const scalar = (value: number, type = 1): NodeInput => ({
  shape: [],
  data: [value],
  type,
  constant: true,
});

const FLOAT = 1;
const INT64 = 7;

function initializer(name: string, { shape, data, type = FLOAT }: NodeInput): TensorSpec {
  const field = type === FLOAT ? "floats" : type === INT64 ? "longs" : "ints";
  return { name, dims: shape, type, [field]: [...data] };
}

function feedOf({ shape, data, type = FLOAT }: NodeInput): Tensor {
  const dtype = dataTypeOf(type, "input");
  const array = allocate(dtype, sizeOf(shape));
  array.set(data);
  return { shape, dtype, data: array };
}

/** The file of one node "n" on x0, x1, ..; null leaves an input out. */
export function fileOf(
  op: string,
  inputs: readonly (NodeInput | null)[],
  { attributes, outputs = ["y"], opset = 21, domain }: RunOptions = {},
): Uint8Array {
  const names = inputs.map((given, i) => (given ? `x${i}` : ""));
  const named = inputs.flatMap((given, i) => (given ? [{ given, name: names[i] }] : []));
  return encodeOnnx({
    opset,
    inputs: named
      .filter(({ given }) => !given.constant)
      .map(({ given: { shape, type }, name }) => ({ name, shape, type })),
    outputs,
    initializers: named
      .filter(({ given }) => given.constant)
      .map(({ given, name }) => initializer(name, given)),
    nodes: [{ op, name: "n", inputs: names, outputs, attributes, domain }],
  });
}

/**
 * The outputs of a node on the GPU.
 * @throws Error where they are not those of the reference
 */
export async function runOnnx(
  op: string,
  inputs: readonly (NodeInput | null)[],
  options: RunOptions = {},
): Promise<Tensor[]> {
  // A size of 0 in a file is an unknown one.
  const inputShapes = Object.fromEntries(
    inputs.flatMap((given, i) => (given && !given.constant ? [[`x${i}`, given.shape]] : [])),
  );
  const graph = parseOnnx(fileOf(op, inputs, options), { name: "m.onnx", inputShapes });
  const feeds = Object.fromEntries(
    inputs.flatMap((given, i) => (given && !given.constant ? [[`x${i}`, feedOf(given)]] : [])),
  );
  const model = await load(graph, { device: await testDevice() });
  const actual = await model.run(feeds);
  model.dispose();
  expectNear(actual, evaluateGraph(graph, feeds), 1e-5);
  return Object.values(actual);
}

/** The numbers of the first output. */
export async function numbersOf(...given: Parameters<typeof runOnnx>): Promise<number[]> {
  const [y] = await runOnnx(...given);
  return [...y.data];
}
