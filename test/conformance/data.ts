/** Reads the ONNX project's node tests: a model, and tensors as they go in and come out. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeModel } from "../../src/formats/onnx/proto.ts";
import type { GraphProto, TensorProto, ValueInfoProto } from "../../src/formats/onnx/proto.ts";
import { readTensor } from "../../src/formats/onnx/tensors.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { encodeTensorFile } from "../formats/onnx-encode.ts";

/** Collections of tests, as folders of folders. */
const COLLECTIONS = ["node", "pytorch-converted"];

/** TensorProto.DataType of types that are exact or nearly so in this library. */
const FLOAT32 = 1;
const INT64 = 7;

/** A test with its model read; the tensors are read when they are needed. */
export interface NodeTest {
  /** `node/test_add` */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The operators in it, each once, without constants: `Add`, `Split Sigmoid Mul`. */
  readonly operators: string;
  /** Inputs that the caller feeds, in the order of the files. */
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  /** Whether the inputs and outputs are float32, beside int64 for shapes and indices. */
  readonly isFloat: boolean;
  readonly folder: string;
}

/**
 * Names of all tests in the folder of ONNX's tests.
 * @throws Error when there is none
 */
export function listTests(folder: string): string[] {
  const names = COLLECTIONS.flatMap((collection) => {
    const path = join(folder, collection);
    return existsSync(path) ? readdirSync(path).map((name) => `${collection}/${name}`) : [];
  });
  const tests = names.filter((name) => existsSync(join(folder, name, "model.onnx")));
  if (tests.length === 0) throw new Error(`conformance: there are no tests in ${folder}`);
  return tests.sort();
}

function operatorsOf({ node }: GraphProto): string {
  const names = new Set(node.map(({ opType }) => opType));
  if (names.size > 1) names.delete("Constant");
  return [...names].join(" ");
}

export function readTest(folder: string, name: string): NodeTest {
  const path = join(folder, name);
  const bytes = new Uint8Array(readFileSync(join(path, "model.onnx")));
  const graph = decodeModel(bytes).graph!;
  const known = new Set(graph.initializer.map((tensor) => tensor.name));
  const inputs = graph.input.filter((input) => !known.has(input.name));
  const types = new Set([...inputs, ...graph.output].map(({ elementType }) => elementType));
  const isFloat = types.has(FLOAT32) && [...types].every((t) => t === FLOAT32 || t === INT64);
  const operators = operatorsOf(graph);
  return { name, bytes, operators, inputs, outputs: graph.output, isFloat, folder: path };
}

/** Tensors by the names of the model. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** The message of a TensorProto file. */
function decodeTensor(file: Uint8Array): TensorProto {
  return decodeModel(encodeTensorFile(file)).graph!.initializer[0];
}

/**
 * The tensors of one set that are there: an input that is optional may not be.
 * @throws FormatError when one has an element type that is not read
 */
export function readTensors(
  { folder, inputs, outputs }: NodeTest,
  set: string,
  kind: "input" | "output",
): Tensors {
  const values = kind === "input" ? inputs : outputs;
  const tensors = values.flatMap(({ name }, i) => {
    const path = join(folder, set, `${kind}_${i}.pb`);
    if (!existsSync(path)) return [];
    const proto = decodeTensor(new Uint8Array(readFileSync(path)));
    return [[name, readTensor(proto, `${kind} ${i} "${name}"`)] as const];
  });
  return Object.fromEntries(tensors);
}

/** The folders of a test's sets of data. */
export function listSets({ folder }: NodeTest): string[] {
  return readdirSync(folder).filter((name) => name.startsWith("test_data_set_"));
}
