/** NonMaxSuppression of ONNX, and what reads the boxes that it selects. */
import { describe, expect, test } from "vitest";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { expectNear } from "../gpu/compare.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { errorOf } from "./error-of.ts";
import { encodeOnnx, floats, longs } from "./onnx-encode.ts";
import type { AttributeSpec, NodeSpec } from "./onnx-encode.ts";

const INITIALIZERS = [
  longs("most", [3]),
  floats("iou", [1], [0.5]),
  floats("score", [1], [0.25]),
  longs("two", [2]),
  longs("flat", [-1]),
  longs("rows", [0]),
];

interface Given {
  /** Inputs after the boxes. */
  readonly inputs?: string[];
  readonly attributes?: Record<string, AttributeSpec>;
  /** Nodes that read "selected", and the output. */
  readonly nodes?: NodeSpec[];
  readonly output?: string;
}

const ALL = ["scores", "most", "iou", "score"];

function graphOf({ inputs = ALL, attributes, nodes = [], output = "selected" }: Given): Graph {
  const suppression: NodeSpec = {
    op: "NonMaxSuppression",
    name: "n",
    inputs: ["boxes", ...inputs],
    outputs: ["selected"],
    attributes,
  };
  const bytes = encodeOnnx({
    inputs: [
      { name: "boxes", shape: [1, 4, 4] },
      { name: "scores", shape: [1, 1, 4] },
    ],
    outputs: [output],
    initializers: INITIALIZERS,
    nodes: [suppression, ...nodes],
  });
  return parseOnnx(bytes, { name: "m.onnx" });
}

const FEEDS = {
  boxes: tensor([1, 4, 4], Float32Array.of(0, 0, 4, 1, 1, 0, 5, 1, 2, 0, 6, 1, 4, 0, 8, 1)),
  scores: tensor([1, 1, 4], Float32Array.of(0.9, 0.8, 0.7, 0.2)),
};

const attributesOf = (given: Given) =>
  graphOf(given).nodes.find(({ op }) => op === "nonMaxSuppression")?.attributes;

describe("NonMaxSuppression", () => {
  test("takes its thresholds from inputs", () => {
    expect(attributesOf({})).toEqual({
      maxOutputBoxesPerClass: 3,
      iouThreshold: 0.5,
      scoreThreshold: 0.25,
      centerPointBox: false,
      metric: "iou",
    });
  });
  test("without optional inputs selects nothing, drops what touches, and takes all scores", () => {
    expect(attributesOf({ inputs: ["scores"], attributes: { center_point_box: 1 } })).toEqual({
      maxOutputBoxesPerClass: 0,
      iouThreshold: 0,
      scoreThreshold: -Infinity,
      centerPointBox: true,
      metric: "iou",
    });
    expect(attributesOf({ inputs: ["scores", "most", "", "score"] })).toMatchObject({
      iouThreshold: 0,
      scoreThreshold: 0.25,
    });
  });
  test("wants its limits before a run", () => {
    expect(errorOf(() => graphOf({ inputs: ["scores", "most", "scores"] }))).toBe(
      'FormatError: onnx "m.onnx": node 0 "NonMaxSuppression" (n): input 3 "scores" depends on the data, expected a constant',
    );
  });
});

const gather = (data: string, at: string, output: string, axis: number): NodeSpec => ({
  op: "Gather",
  inputs: [data, at],
  outputs: [output],
  attributes: { axis },
});

/** The box of each row, [k]. */
const BOX: NodeSpec[] = [
  gather("selected", "two", "column", 1),
  { op: "Reshape", inputs: ["column", "flat"], outputs: ["box"] },
];
/** From boxes [1, 4, 4] to [4, 4]. */
const TABLE: NodeSpec[] = [{ op: "Squeeze", inputs: ["boxes", "rows"], outputs: ["table"] }];

test.each<[string, Given, number[], number[]]>([
  ["are the output", {}, [2, 3], [0, 0, 0, 0, 0, 2]],
  ["are sliced", { nodes: BOX, output: "box" }, [2], [0, 2]],
  [
    "choose boxes",
    { nodes: [...BOX, ...TABLE, gather("table", "box", "y", 0)], output: "y" },
    [2, 4],
    [0, 0, 4, 1, 2, 0, 6, 1],
  ],
  [
    "choose boxes that are computed with",
    {
      nodes: [
        ...BOX,
        ...TABLE,
        gather("table", "box", "chosen", 0),
        { op: "Mul", inputs: ["chosen", "chosen"], outputs: ["square"] },
        { op: "Add", inputs: ["square", "iou"], outputs: ["y"] },
      ],
      output: "y",
    },
    [2, 4],
    [0.5, 0.5, 16.5, 1.5, 4.5, 0.5, 36.5, 1.5],
  ],
  [
    "are joined with others of their rows",
    {
      nodes: [
        ...BOX,
        { op: "Concat", inputs: ["selected", "column"], outputs: ["y"], attributes: { axis: 1 } },
      ],
      output: "y",
    },
    [2, 4],
    [0, 0, 0, 0, 0, 0, 2, 2],
  ],
  // What mixes rows sees all that are possible: -1 past the last.
  [
    "are summed",
    {
      nodes: [
        {
          op: "ReduceMax",
          inputs: ["selected"],
          outputs: ["y"],
          attributes: { axes: [0], keepdims: 0 },
        },
      ],
      output: "y",
    },
    [3],
    [0, 0, 2],
  ],
  [
    "are turned round",
    { nodes: [{ op: "Transpose", inputs: ["selected"], outputs: ["y"] }], output: "y" },
    [3, 3],
    [0, 0, -1, 0, 0, -1, 0, 2, -1],
  ],
])("the boxes that NonMaxSuppression selects %s", async (_, given, shape, numbers) => {
  const graph = graphOf(given);
  const expected = evaluateGraph(graph, FEEDS);
  const [y] = Object.values(expected);
  expect(y.shape).toEqual(shape);
  expect([...y.data]).toEqual(numbers);
  const model = await load(graph, { device: await testDevice() });
  expectNear(await model.run(FEEDS), expected, 0);
  model.dispose();
});
