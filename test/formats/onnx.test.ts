import { describe, expect, test } from "vitest";
import {
  findUnsupportedOnnx,
  parseOnnx,
  supportedOnnxOperators,
} from "../../src/formats/onnx/all.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { errorOf } from "./error-of.ts";
import { encodeNode, encodeOnnx, floats, longs } from "./onnx-encode.ts";

const parse = (bytes: Uint8Array) => parseOnnx(bytes, { name: "m.onnx" });

const relu = (input: string, output: string, name?: string) => ({
  op: "Relu",
  inputs: [input],
  outputs: [output],
  name,
});
const x = { name: "x", shape: [1, 2, 3, 4] };

describe("parseOnnx", () => {
  test("keeps the names of the graph, its inputs, nodes, values and outputs", () => {
    const graph = parse(
      encodeOnnx({ inputs: [x], nodes: [relu("x", "hidden", "first"), relu("hidden", "y")] }),
    );
    expect(graph.name).toBe("m.onnx");
    expect(graph.inputs.map(({ name, shape }) => [name, shape])).toEqual([["x", [1, 2, 3, 4]]]);
    expect(graph.nodes.map(({ name }) => name)).toEqual(["first", "y"]);
    expect(graph.nodes.map(({ outputs }) => outputs[0].name)).toEqual(["hidden", "y"]);
    expect(graph.outputs).toEqual([{ name: "y", value: graph.nodes[1].outputs[0] }]);
  });

  test("sorts nodes that stand in another order", () => {
    const nodes = [relu("b", "y"), relu("x", "a"), relu("a", "b")];
    const graph = parse(encodeOnnx({ inputs: [x], nodes }));
    expect(graph.nodes.map(({ name }) => name)).toEqual(["a", "b", "y"]);
  });

  test("follows a reversed chain of 20000 nodes", () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => relu(`v${i}`, i ? `v${i - 1}` : "y"));
    const graph = parse(encodeOnnx({ inputs: [{ ...x, name: "v19999" }], nodes }));
    expect(graph.nodes.length).toBe(20_000);
  });

  test("leaves out nodes that no output reads", () => {
    const graph = parse(encodeOnnx({ inputs: [x], nodes: [relu("x", "y"), relu("x", "unused")] }));
    expect(graph.nodes.map(({ name }) => name)).toEqual(["y"]);
  });

  test("gives a graph output that is an input or a constant", () => {
    const spec = { inputs: [x], outputs: ["x", "w"], initializers: [floats("w", [2], [1, 2])] };
    const graph = parse(encodeOnnx(spec));
    expect(graph.outputs[0].value).toBe(graph.inputs[0]);
    expect(graph.outputs[1].value.constant).toEqual(tensor([2], Float32Array.of(1, 2)));
  });

  test("does not take initializers for inputs", () => {
    const graph = parse(
      encodeOnnx({
        inputs: [x, { name: "w", shape: [1] }],
        initializers: [floats("w", [1], [5])],
        nodes: [{ op: "Mul", inputs: ["x", "w"], outputs: ["y"] }],
      }),
    );
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(graph.nodes[0].inputs[1]?.constant?.data).toEqual(Float32Array.of(5));
  });

  test("evaluates what depends on shapes only", () => {
    const graph = parse(
      encodeOnnx({
        inputs: [x],
        initializers: [longs("start", [1]), longs("end", [2 ** 62]), longs("minus", [-1])],
        nodes: [
          { op: "Shape", inputs: ["x"], outputs: ["shape"] },
          { op: "Slice", inputs: ["shape", "start", "end"], outputs: ["tail"] },
          { op: "ReduceProd", inputs: ["tail"], outputs: ["size"] },
          {
            op: "Concat",
            inputs: ["minus", "size"],
            outputs: ["flat"],
            attributes: { axis: 0 },
          },
          { op: "Reshape", inputs: ["x", "flat"], outputs: ["y"] },
        ],
      }),
    );
    expect(graph.nodes.map(({ op, attributes }) => [op, attributes])).toEqual([
      ["reshape", { shape: [1, 24] }],
    ]);
  });
});

describe("unsupported operators", () => {
  const unsupported = encodeOnnx({
    inputs: [x],
    nodes: [
      relu("x", "a"),
      { op: "NonZero", inputs: ["a"], outputs: ["b"], name: "nz" },
      { op: "FusedConv", domain: "com.example", inputs: ["b"], outputs: ["c"] },
      { op: "NonZero", inputs: ["c"], outputs: ["d"] },
      { op: "constructor", inputs: ["d"], outputs: ["y"] },
    ],
  });

  test("are named with their index", () => {
    expect(errorOf(() => parse(unsupported))).toBe(
      'FormatError: onnx "m.onnx": node 1 "NonZero" is not supported; ' +
        "supported operators are listed in docs/operators.md",
    );
  });

  test("are all listed by findUnsupportedOnnx", () => {
    expect(findUnsupportedOnnx(unsupported)).toEqual([
      { op: "NonZero", count: 2 },
      { op: "com.example.FusedConv", count: 1 },
      { op: "constructor", count: 1 },
    ]);
    expect(findUnsupportedOnnx(encodeNode("Relu", [1]))).toEqual([]);
  });

  test("are not among the supported ones", () => {
    expect(supportedOnnxOperators).toContain("Conv");
    expect(supportedOnnxOperators).toContain("HardSwish");
    expect(supportedOnnxOperators).not.toContain("NonZero");
    expect([...supportedOnnxOperators].sort()).toEqual(supportedOnnxOperators);
  });
});
