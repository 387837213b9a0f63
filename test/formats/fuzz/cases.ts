/** One damaged file by its number: the same in each run of a seed. */
import { supportedOnnxOperators } from "../../../src/formats/onnx/all.ts";
import { parseNpy } from "../../../src/formats/npy.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import type { Graph } from "../../../src/graph/graph.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { bindWeights } from "../../../src/graph/weights.ts";
import { readGraph } from "../../../src/import.ts";
import { damage } from "./bytes.ts";
import type { Corpus } from "./corpus.ts";
import { damageJson } from "./json.ts";
import { damageOnnx } from "./onnx.ts";
import { Random } from "./random.ts";

export interface FuzzCase {
  /** `onnx network: rewire, grow` */
  readonly name: string;
  /** Reads the file as a user would; null where a file holds no graph. */
  readonly read: () => Promise<Graph | null>;
}

type Make = (corpus: Corpus, random: Random) => FuzzCase;

const onnxBytes: Make = ({ onnx }, random) => {
  const seed = random.pick(onnx);
  const { bytes, how } = damage(seed.bytes, random, random.pick(onnx).bytes);
  return { name: `onnx ${seed.name}: ${how}`, read: () => readGraph(bytes) };
};

const onnxMeaning: Make = ({ onnx }, random) => {
  const seed = random.pick(onnx);
  const { bytes, how } = damageOnnx(seed.bytes, random, supportedOnnxOperators);
  return { name: `onnx ${seed.name}: ${how}`, read: () => readGraph(bytes) };
};

const tfjsJson: Make = ({ tfjs }, random) => {
  const { name, json, weights } = random.pick(tfjs);
  const damaged = damageJson(json, random);
  return { name: `tfjs ${name}: JSON`, read: () => readGraph({ json: damaged, weights }) };
};

const tfjsBytes: Make = ({ tfjs }, random) => {
  const [seed, other] = [random.pick(tfjs), random.pick(tfjs)];
  const bytesOf = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
  const { bytes, how } = damage(bytesOf(seed.json), random, bytesOf(other.json));
  const damaged = damage(seed.weights, random, other.weights).bytes;
  const weights = random.once(4) ? damaged : seed.weights;
  const read = (): Promise<Graph> => {
    let json: unknown;
    try {
      json = JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return readGraph(bytes);
    }
    return readGraph({ json, weights });
  };
  return { name: `tfjs ${seed.name}: ${how}`, read };
};

/** A network of one layer, whose weights are in the undamaged files. */
function layerOf(): Graph {
  const builder = new GraphBuilder("layer");
  const x = builder.input("x", [1, 3]);
  builder.output("y", builder.linear(x, builder.parameter("t0", [2, 3]), null));
  return builder.graph;
}

const safetensors: Make = ({ safetensors: files }, random) => {
  const { bytes, how } = damage(random.pick(files), random, random.pick(files));
  const read = async () => bindWeights(layerOf(), parseSafetensors(bytes), "the file");
  return { name: `safetensors: ${how}`, read };
};

const npy: Make = ({ npy: files }, random) => {
  const { bytes, how } = damage(random.pick(files), random, random.pick(files));
  const read = async () => (parseNpy(bytes), null);
  return { name: `npy: ${how}`, read };
};

/** How often each kind comes. */
const KINDS: readonly Make[] = [
  ...[onnxBytes, onnxBytes, onnxBytes, onnxMeaning, onnxMeaning, onnxMeaning],
  ...[tfjsJson, tfjsBytes, safetensors, npy],
];

export function makeCase(corpus: Corpus, seed: number, index: number): FuzzCase {
  const random = new Random(seed * 1_000_003 + index);
  return KINDS[index % KINDS.length](corpus, random);
}
