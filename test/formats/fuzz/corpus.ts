/** The good files that the fuzzer damages: small ones made here, and real ones where they are. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseOnnx } from "../../../src/formats/onnx/all.ts";
import { formatNpy } from "../../../src/formats/npy.ts";
import { formatSafetensors } from "../../../src/formats/safetensors.ts";
import { tensor } from "../../../src/graph/tensor.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import { encodeOnnx, encodeTensorFile, floats, longs, ones } from "../onnx-encode.ts";
import type { AttributeSpec, ModelSpec, NodeSpec, TensorSpec } from "../onnx-encode.ts";
import { ELEMENTWISE } from "../tfjs-cases/elementwise.ts";
import { STRUCTURE } from "../tfjs-cases/structure.ts";
import { CONVOLUTIONS } from "../tfjs-cases/window.ts";
import { writeModel } from "../tfjs-model.ts";
import { readSpec } from "./onnx.ts";

export interface OnnxSeed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface TfjsSeed {
  readonly name: string;
  readonly json: unknown;
  readonly weights: Uint8Array;
}

export interface Corpus {
  readonly onnx: readonly OnnxSeed[];
  readonly tfjs: readonly TfjsSeed[];
  readonly safetensors: readonly Uint8Array[];
  readonly npy: readonly Uint8Array[];
}

type Step = [op: string, inputs: string, Record<string, AttributeSpec>?, outputs?: string];

const nodesOf = (steps: readonly Step[]): NodeSpec[] =>
  steps.map(([op, inputs, attributes = {}, outputs], i) => ({
    op,
    inputs: inputs.split(" "),
    outputs: outputs?.split(" ") ?? [i === steps.length - 1 ? "y" : `v${i}`],
    attributes,
  }));

const onnx = (
  shape: (number | string)[],
  initializers: TensorSpec[],
  steps: Step[],
): ModelSpec => ({
  inputs: [{ name: "x", shape }],
  initializers,
  nodes: nodesOf(steps),
});

/** Each has what shapes hang on: windows, shape arithmetic, indices, broadcasts, branches. */
const ONNX: Record<string, ModelSpec> = {
  network: onnx(
    ["N", 3, 9, 8],
    [ones("w", [4, 3, 3, 3]), floats("b", [4], [1, 2, 3, 4]), ones("d", [4, 1, 3, 3])],
    [
      ["Conv", "x w b", { strides: [2, 2], pads: [1, 1, 1, 1] }],
      ["Relu", "v0"],
      ["Conv", "v1 d", { group: 4, dilations: [1, 1], auto_pad: "SAME_UPPER" }],
      ["Add", "v2 v1"],
      ["GlobalAveragePool", "v3"],
      ["Flatten", "v4"],
      ["Softmax", "v5", { axis: 1 }],
    ],
  ),
  pools: onnx(
    [1, 5, 7, 6],
    [],
    [
      ["MaxPool", "x", { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1], ceil_mode: 1 }],
      ["AveragePool", "v0", { kernel_shape: [2, 2], pads: [1, 1, 0, 0], count_include_pad: 1 }],
      ["GlobalMaxPool", "v1"],
    ],
  ),
  shapes: onnx(
    [2, 6, 4, 4],
    [longs("zero", [0]), longs("two", [2]), longs("rest", [-1]), longs("wide", [2, 1, 3])],
    [
      ["Shape", "x"],
      ["Gather", "v0 zero"],
      ["Concat", "v1 two rest", { axis: 0 }],
      ["Reshape", "x v2"],
      ["Transpose", "v3", { perm: [0, 2, 1] }],
      ["Slice", "v4 zero two two"],
      ["ReduceMean", "v5 two", { keepdims: 1 }],
      ["Expand", "v6 wide"],
    ],
  ),
  branches: onnx(
    [1, 6, 5, 5],
    [longs("sizes", [2, 4]), longs("pads", [0, 0, 1, 1, 0, 0, 0, 2]), ones("s", [1, 1, 1, 5])],
    [
      ["Split", "x sizes", { axis: 1 }, "p q"],
      ["Pad", "q pads"],
      ["Sigmoid", "p"],
      ["Mul", "v2 s"],
      ["Concat", "p v3", { axis: 1 }],
      ["DepthToSpace", "v4", { blocksize: 2 }],
      ["Clip", "v5"],
    ],
  ),
  resize: onnx(
    [1, 2, 4, 5],
    [
      floats("scales", [4], [1, 1, 2, 1.5]),
      longs("k", [3]),
      { name: "condition", dims: [1], type: 9, ints: [1] },
    ],
    [
      ["Resize", "x  scales", { mode: "linear", coordinate_transformation_mode: "asymmetric" }],
      ["TopK", "v0 k", { axis: 2 }, "values indices"],
      ["Cast", "indices", { to: 1 }],
      ["Where", "condition v2 values"],
    ],
  ),
  matrices: onnx(
    [3, 4],
    [
      ...[ones("a", [4, 6]), ones("b", [6]), longs("axes", [0, 2])],
      ...[floats("lo", [], [-1]), floats("hi", [], [1])],
    ],
    [
      ["Gemm", "x a b", { alpha: { f: 0.5 }, transB: 0 }],
      ["MatMul", "v0 b"],
      ["Clip", "v1 lo hi"],
      ["Unsqueeze", "v2 axes"],
    ],
  ),
};
/** Models of at most this many bytes, so that thousands can be read. */
const MOST_BYTES = 20_000;

/** A node test with all inputs but the first as initializers, where shapes and weights are known. */
function withKnownInputs(bytes: Uint8Array, folder: string): Uint8Array {
  const spec = readSpec(bytes);
  const data = join(folder, "test_data_set_0");
  const known = spec.inputs.slice(1).flatMap(({ name }, i) => {
    const path = join(data, `input_${i + 1}.pb`);
    if (!existsSync(path)) return [];
    const file = encodeTensorFile(new Uint8Array(readFileSync(path)));
    return [{ ...readSpec(file).initializers[0], name }];
  });
  spec.initializers = [...spec.initializers, ...known];
  return encodeOnnx(spec);
}

/** ONNX's own node tests that are read: an operator each. */
function realOnnx(folder: string): OnnxSeed[] {
  const tests = join(folder, "onnx-node/node");
  if (!existsSync(tests)) return [];
  return readdirSync(tests).flatMap((name) => {
    const bytes = new Uint8Array(readFileSync(join(tests, name, "model.onnx")));
    if (bytes.length > MOST_BYTES) return [];
    try {
      const known = withKnownInputs(bytes, join(tests, name));
      parseOnnx(known);
      return known.length <= MOST_BYTES ? [{ name, bytes: known }] : [];
    } catch {
      return []; // What is not supported leaves the importer early, whatever else is wrong with it.
    }
  });
}

/** A whole network, one file of all. */
function realNetwork(folder: string): OnnxSeed[] {
  const path = join(folder, "models/vww_mobilenet_v1_0.25/vww_96_float.onnx");
  return existsSync(path) ? [{ name: "vww", bytes: new Uint8Array(readFileSync(path)) }] : [];
}

const TENSORS: readonly Tensor[] = [
  tensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
  tensor([3], Int32Array.of(1, 2, 3)),
  tensor([], Float32Array.of(7)),
  tensor([4], Uint8Array.of(0, 1, 1, 0)),
];

/** @param folder of real data, if there is one */
export function readCorpus(folder: string | undefined): Corpus {
  const made = Object.entries(ONNX).map(([name, spec]) => ({ name, bytes: encodeOnnx(spec) }));
  const real = folder ? [...realOnnx(folder), ...realNetwork(folder)] : [];
  const tfjs = [...CONVOLUTIONS, ...ELEMENTWISE, ...STRUCTURE].map((spec) => ({
    name: spec.title,
    ...writeModel(spec),
  }));
  const named = TENSORS.map((value, i) => [`t${i}`, value] as const);
  return {
    onnx: [...made, ...real],
    tfjs,
    safetensors: [formatSafetensors(new Map(named)), formatSafetensors(new Map(named.slice(0, 1)))],
    npy: TENSORS.map(formatNpy),
  };
}
