/** Imports a TensorFlow.js graph model: its nodes one by one, each by the converter of its operator. */
import { GraphBuilder } from "../../graph/builder.ts";
import { FormatError } from "../../graph/errors.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { removeDeadNodes } from "../../graph/rewrite.ts";
import { rowCounts } from "../../graph/row-counts.ts";
import type { Shape } from "../../graph/tensor.ts";
import { Call, native } from "./call.ts";
import type { Converter } from "./call.ts";
import { CONVOLUTION } from "./convolution.ts";
import { DETECTION } from "./detection.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { Layouts } from "./layout.ts";
import type { Held } from "./layout.ts";
import { INDEXING } from "./indexing.ts";
import { dataType, parseModel } from "./model.ts";
import type { TfjsModel, TfjsNode } from "./model.ts";
import { neededNodes, orderNodes } from "./order.ts";
import { POOLING } from "./pooling.ts";
import { STRUCTURE } from "./structure.ts";
import { readWeights } from "./weights.ts";
import type { Weights } from "./weights.ts";

export interface TfjsOptions {
  /** The file's name, for errors and for the graph. */
  readonly name?: string;
  /** Shapes of inputs, in TensorFlow's order of axes; needed where the file leaves a size open. */
  readonly inputShapes?: Readonly<Record<string, Shape>>;
}

const CONVERTERS: ReadonlyMap<string, Converter> = new Map(
  Object.entries({
    ...CONVOLUTION,
    ...POOLING,
    ...ELEMENTWISE,
    ...STRUCTURE,
    ...INDEXING,
    ...DETECTION,
  }),
);
const SOURCES = ["Const", "Placeholder"];

/** Names of the operators that `parseTfjs` reads, in alphabetical order. */
export const supportedTfjsOperators: readonly string[] = [...SOURCES, ...CONVERTERS.keys()].sort();

function isSupported({ op }: TfjsNode): boolean {
  return SOURCES.includes(op) || CONVERTERS.has(op);
}

interface NamedInput {
  readonly name: string;
  readonly value: Value;
}

class Import {
  readonly builder: GraphBuilder;
  private readonly layouts: Layouts;
  private readonly outputs = new Map<string, readonly Held[]>();
  private readonly inputs: NamedInput[] = [];

  constructor(
    private readonly model: TfjsModel,
    private readonly weights: Weights,
    weightBytes: number,
    private readonly shapes: Readonly<Record<string, Shape>>,
  ) {
    this.builder = new GraphBuilder(model.name);
    this.layouts = new Layouts(this.builder, weightBytes);
  }

  run(): Graph {
    const nodes = neededNodes(this.model);
    // Before the order is asked for: the loops of control flow are cycles.
    for (const node of nodes) {
      if (isSupported(node)) continue;
      node.fail("is not supported; supported operators are listed in docs/operators.md");
    }
    for (const node of orderNodes(this.model, nodes))
      this.outputs.set(node.name, this.convert(node));
    const outputs = this.model.outputs.map(({ key, name, output }) => {
      const held = this.outputs.get(name)?.[output];
      if (!held) {
        throw new FormatError(
          `tfjs "${this.model.name}": output "${key}" is output ${output} of "${name}", which has ` +
            `${this.outputs.get(name)?.length ?? 0}`,
        );
      }
      return [key, this.layouts.native(held)] as const;
    });
    const { graph } = this.builder;
    const lengths = rowCounts(graph);
    for (const [key, value] of outputs) {
      this.builder.output(key, value, { length: lengths.get(value) });
    }
    removeDeadNodes(graph);
    this.nameInputs(graph);
    return graph;
  }

  private convert(node: TfjsNode): readonly Held[] {
    if (node.op === "Const") return [native(this.weight(node))];
    if (node.op === "Placeholder") return [native(this.placeholder(node))];
    const inputs = node.inputs.map(({ name, output }) => {
      const outputs = this.outputs.get(name) ?? [];
      return (
        outputs[output] ??
        node.fail(`reads output ${output} of "${name}", which has ${outputs.length}`)
      );
    });
    return [CONVERTERS.get(node.op)?.(new Call(node, inputs, this.layouts)) ?? []].flat();
  }

  private weight(node: TfjsNode): Value {
    const read = this.weights.get(node.name) ?? node.fail("is not in the weightsManifest");
    return this.builder.constant(read(), node.name);
  }

  private placeholder(node: TfjsNode): Value {
    const entry = this.model.inputs.find(({ name }) => name === node.name);
    const name = entry?.key ?? node.name;
    const own = node.attributes.dimensions("shape");
    const given = Object.hasOwn(this.shapes, name) ? this.shapes[name] : null;
    const declared = own?.map((size, axis) =>
      size < 0 ? (entry?.dimensions?.[axis] ?? -1) : size,
    );
    const sizes = declared ?? entry?.dimensions ?? null;
    const text = sizes ? sizes.map((size) => (size < 0 ? "?" : size)).join("x") : "unknown";
    if (given) {
      const differs = given.some((size, axis) => sizes && sizes[axis] >= 0 && sizes[axis] !== size);
      if (differs || (sizes && sizes.length !== given.length)) {
        node.fail(`has shape ${text}, but inputShapes gives ${given.join("x")}`);
      }
    }
    // An open first size is the batch.
    const shape = given ?? sizes?.map((size, axis) => (size < 0 && axis === 0 ? 1 : size));
    if (!shape || shape.some((size) => size < 0)) {
      return node.fail(`has shape ${text}: give the open sizes by inputShapes["${name}"]`);
    }
    const value = this.builder.input(name, shape, dataType(node, "dtype"));
    this.inputs.push({ name, value });
    return value;
  }

  /** Puts the inputs into the order of the signature. */
  private nameInputs(graph: Graph): void {
    const unknown = Object.keys(this.shapes).find(
      (name) => !this.inputs.some((input) => input.name === name),
    );
    if (unknown !== undefined) {
      throw new FormatError(
        `tfjs "${this.model.name}": inputShapes names "${unknown}", but the inputs are ` +
          this.inputs.map(({ name }) => `"${name}"`).join(", "),
      );
    }
    const rank = ({ name }: Value): number => {
      const at = this.model.inputs.findIndex(({ key }) => key === name);
      return at < 0 ? Infinity : at;
    };
    graph.inputs.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
  }
}

/**
 * Reads a TensorFlow.js graph model. Inputs and outputs keep TensorFlow's shapes ([N, H, W, C] for an
 * image) and have the names of the signature; an open batch size becomes 1.
 * @param json the parsed `model.json`
 * @param weights the files of `tfjsWeightPaths(json)`, joined in their order
 * @throws FormatError when the file is malformed, an operator is not supported, or the weights do not fit
 * @throws ShapeError when shapes do not fit an operator
 */
export function parseTfjs(json: unknown, weights: Uint8Array, options: TfjsOptions = {}): Graph {
  const name = options.name ?? "model.json";
  const model = parseModel(json, name);
  const tensors = readWeights(json, weights, `tfjs "${name}"`);
  return new Import(model, tensors, weights.length, options.inputShapes ?? {}).run();
}

/**
 * The operators that the model's outputs need and that `parseTfjs` does not know, the most frequent first.
 * @throws FormatError when the file is malformed
 */
export function findUnsupportedTfjs(
  json: unknown,
  name = "model.json",
): { op: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const node of neededNodes(parseModel(json, name))) {
    if (!isSupported(node)) counts.set(node.op, (counts.get(node.op) ?? 0) + 1);
  }
  return [...counts].map(([op, count]) => ({ op, count })).sort((a, b) => b.count - a.count);
}
