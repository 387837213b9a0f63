/** Damages ONNX files by their meaning: cycles, absurd sizes and attributes, operators exchanged. */
import { decodeModel } from "../../../src/formats/onnx/proto.ts";
import type {
  AttributeProto,
  TensorProto,
  ValueInfoProto,
} from "../../../src/formats/onnx/proto.ts";
import { encodeOnnx } from "../onnx-encode.ts";
import type { AttributeSpec, InputSpec, ModelSpec, NodeSpec, TensorSpec } from "../onnx-encode.ts";
import { absurdFloat, absurdInteger } from "./random.ts";
import type { Random } from "./random.ts";

/** A file as the encoder of the tests takes it, to be changed in place. */
export type Onnx = {
  -readonly [K in keyof ModelSpec]-?: ModelSpec[K];
};

function tensorOf(proto: TensorProto): TensorSpec {
  const { name, dims, dataType: type, raw, floats, ints, longs, doubles, unsignedLongs } = proto;
  const given = { floats, ints, longs, doubles, unsignedLongs };
  const typed = Object.entries(given).filter(([, list]) => list.length > 0);
  return { name, dims: [...dims], type, ...(raw && { raw }), ...Object.fromEntries(typed) };
}

function attributeOf({ type, f, i, s, t, floats, ints }: AttributeProto): AttributeSpec {
  if (type === 1) return { f };
  if (type === 3) return s;
  if (type === 4 && t) return { t: tensorOf(t) };
  if (type === 6) return { floats: [...floats] };
  return type === 7 ? [...ints] : i;
}

function inputOf({ name, elementType, shape }: ValueInfoProto): InputSpec {
  const sizes = shape?.map(({ value, parameter }) => (parameter === "" ? value : parameter));
  return { name, type: elementType || null, shape: sizes ?? null };
}

/** What a file says. */
export function readSpec(bytes: Uint8Array): Onnx {
  const { opsets, graph } = decodeModel(bytes);
  const { node, initializer, input, output } = graph!;
  return {
    opset: opsets.find(({ domain }) => domain === "")?.version ?? 17,
    inputs: input.map(inputOf),
    outputs: output.map(({ name }) => name),
    initializers: initializer.map(tensorOf),
    nodes: node.map(({ opType: op, input: inputs, output: outputs, name, domain, attribute }) => ({
      ...{ op, name, domain, inputs: [...inputs], outputs: [...outputs] },
      attributes: Object.fromEntries(attribute.map((entry) => [entry.name, attributeOf(entry)])),
    })),
  };
}

const ATTRIBUTES: Record<string, (random: Random) => AttributeSpec> = {
  ...Object.fromEntries(
    ["axis", "group", "ceil_mode", "keepdims", "to", "blocksize", "transA", "num_outputs"].map(
      (name) => [name, absurdInteger],
    ),
  ),
  ...Object.fromEntries(
    ["kernel_shape", "strides", "pads", "dilations", "axes", "perm", "output_padding", "split"].map(
      (name) => [
        name,
        (random: Random) => Array.from({ length: random.below(6) }, () => absurdInteger(random)),
      ],
    ),
  ),
  ...Object.fromEntries(
    ["alpha", "beta", "epsilon", "gamma", "lambd", "cubic_coeff_a"].map((name) => [
      name,
      (random: Random) => ({ f: absurdFloat(random) }),
    ]),
  ),
  mode: (random) => random.pick(["linear", "nearest", "cubic", "constant", "edge", "wrap", "DCR"]),
  auto_pad: (random) => random.pick(["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET", "?"]),
};

const namesIn = ({ inputs, initializers, nodes }: Onnx): string[] => [
  ...inputs.map(({ name }) => name),
  ...initializers.map(({ name }) => name ?? ""),
  ...nodes.flatMap(({ outputs = [] }) => outputs),
  "",
  "nowhere",
];

/** Changes an element of a list; an empty list gets one. */
function changeNumber(list: number[], random: Random): void {
  list[random.below(list.length + (random.once(8) ? 1 : 0))] = absurdInteger(random);
}

type Mutation = (model: Onnx, random: Random, operators: readonly string[]) => void;

const pickNode = ({ nodes }: Onnx, random: Random): NodeSpec =>
  nodes.length > 0 ? random.pick(nodes) : (nodes.push({ op: "Relu" }), nodes[0]);

const MUTATIONS: Record<string, Mutation> = {
  rewire: (model, random) => {
    const { inputs = [] } = pickNode(model, random);
    inputs[random.below(inputs.length + 1)] = random.pick(namesIn(model));
  },
  rename: (model, random) => {
    const { outputs = [] } = pickNode(model, random);
    outputs[random.below(outputs.length)] = random.pick(namesIn(model));
  },
  exchange: (model, random, operators) => {
    pickNode(model, random).op = random.pick(operators);
  },
  attribute: (model, random) => {
    const node = pickNode(model, random);
    const name = random.pick([...Object.keys(ATTRIBUTES), ...Object.keys(node.attributes ?? {})]);
    const before = node.attributes?.[name];
    const make = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : absurdInteger;
    if (Array.isArray(before) && random.once(2)) changeNumber(before, random);
    else node.attributes = { ...node.attributes, [name]: make(random) };
  },
  forget: (model, random) => {
    const node = pickNode(model, random);
    const names = Object.keys(node.attributes ?? {});
    if (names.length > 0) Reflect.deleteProperty(node.attributes!, random.pick(names));
    else node.inputs?.pop();
  },
  shape: (model, random) => {
    const input = random.pick(model.inputs);
    if (!input?.shape || random.once(20)) return;
    input.shape[random.below(input.shape.length + (random.once(6) ? 1 : 0))] = random.once(9)
      ? "N"
      : absurdInteger(random);
  },
  type: (model, random) => {
    const target = random.pick([...model.inputs, ...model.initializers]);
    if (target) target.type = random.below(27);
  },
  tensor: (model, random) => {
    const tensor = random.pick(model.initializers);
    if (!tensor) return;
    if (random.once(3)) changeNumber(tensor.dims, random);
    else if (tensor.type === 7) setLongs(tensor, random);
    else if (tensor.raw) {
      const raw = tensor.raw.slice();
      raw[random.below(raw.length)] = random.below(256);
      tensor.raw = raw;
    } else tensor.external = { location: random.pick(["w.bin", "../w.bin", ""]) };
  },
  output: (model, random) => {
    model.outputs = [...model.outputs, random.pick(namesIn(model))];
  },
  grow: (model, random, operators) => {
    const [op, input] = [random.pick(operators), random.pick(namesIn(model))];
    const count = random.once(3) ? 40 : 1;
    for (let i = 0; i < count; i++) {
      const inputs = [i ? `more${i - 1}` : input, i ? `more${i - 1}` : random.pick(namesIn(model))];
      model.nodes.push({ op, inputs, outputs: [`more${i}`], attributes: { axis: 0 } });
    }
    model.outputs = [...model.outputs, `more${count - 1}`];
  },
  opset: (model, random) => {
    model.opset = random.below(28);
  },
};

/** Shapes and indices are int64 constants: other values, which still fit. */
function setLongs(tensor: TensorSpec, random: Random): void {
  const length = tensor.dims.reduce((a, b) => a * b, 1);
  if (!(length <= 64)) return;
  tensor.raw = undefined;
  tensor.longs = Array.from({ length }, () => absurdInteger(random));
}

/** The file with one or two changes, and their names. */
export function damageOnnx(
  bytes: Uint8Array,
  random: Random,
  operators: readonly string[],
): { bytes: Uint8Array; how: string } {
  const model = readSpec(bytes);
  const how = Array.from({ length: random.once(3) ? 2 : 1 }, () => {
    const name = random.pick(Object.keys(MUTATIONS));
    MUTATIONS[name](model, random, operators);
    return name;
  });
  return { bytes: encodeOnnx(model), how: how.join(", ") };
}
