/** Pools over any axes: random ones against a walk over all coordinates, and unpooling. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { expectNear } from "../gpu/compare.ts";
import { noise } from "../reference/apply.ts";
import { encodeOnnx, longs } from "./onnx-encode.ts";
import type { NodeOptions, TensorSpec } from "./onnx-encode.ts";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import { graphOf } from "./onnx-node.ts";
import { expectedOf, inputOf, nodeOf, pools } from "./onnx-pools.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const outputsOf = (op: string, x: Tensor, options: NodeOptions) =>
  evaluateGraph(graphOf(op, [...x.shape], options), { x });

const indicesOf = (shape: Shape, values: number[]): TensorSpec => ({
  ...longs("indices", values),
  dims: [...shape],
});

test("pools over 1 to 4 axes equal a walk over all coordinates", () => {
  fc.assert(
    fc.property(pools, (pool) => {
      const x = inputOf(pool);
      const [, options] = nodeOf(pool);
      const y = outputsOf(pool.op, x, options);
      expectNear(y, expectedOf(pool, x), pool.op === "MaxPool" ? 0 : 1e-6);
    }),
    { numRuns: 300 },
  );
});

describe("MaxUnpool", () => {
  const kernel = (axes: number): NodeOptions["attributes"] => ({
    kernel_shape: new Array<number>(axes).fill(2),
    strides: new Array<number>(axes).fill(2),
  });

  test.each([[[2, 3, 8]], [[2, 3, 4, 6]], [[2, 3, 4, 2, 6]]])(
    "puts the maxima of %j back where they were",
    (shape) => {
      const attributes = kernel(shape.length - 2);
      const bytes = encodeOnnx({
        inputs: [{ name: "x", shape }],
        outputs: ["z", "y"],
        nodes: [
          { op: "MaxPool", inputs: ["x"], outputs: ["y", "i"], attributes },
          { op: "MaxUnpool", inputs: ["y", "i"], outputs: ["z"], attributes },
          { op: "MaxPool", inputs: ["z"], outputs: ["unused", "j"], attributes },
        ],
      });
      const x = noise(shape, 1);
      const positive = { ...x, data: Float32Array.from(x.data, (value) => value + 2) };
      const { z, y } = evaluateGraph(parseOnnx(bytes), { x: positive });
      expect(z.shape).toEqual(shape);
      const kept = [...z.data].filter((value) => value !== 0);
      expect(kept.sort()).toEqual([...y.data].sort());
      z.data.forEach((value, i) => expect([0, positive.data[i]]).toContain(value));
    },
  );

  test("counts indices over the whole tensor, and leaves out those of another plane", () => {
    const shape = [1, 2, 2];
    const initializers = [indicesOf(shape, [1, 4, 4, 7])];
    const x = { shape, dtype: "float32", data: Float32Array.of(1, 2, 3, 4) } as const;
    const { y } = outputsOf("MaxUnpool", x, { initializers, attributes: kernel(1) });
    expect([...y.data]).toEqual([0, 1, 0, 0, 3, 0, 0, 4]);
  });

  test("adds zeros after the pixels that the window gives, up to output_shape", () => {
    const shape = [1, 1, 1, 2];
    const initializers = [indicesOf(shape, [3, 5]), longs("size", [1, 1, 3, 5])];
    const x = { shape, dtype: "float32", data: Float32Array.of(1, 2) } as const;
    const { y } = outputsOf("MaxUnpool", x, { initializers, attributes: kernel(2) });
    expect([...y.data]).toEqual([0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

test("LpPool with p = 1 is a sum of magnitudes, with p = 2 the length of a vector", () => {
  const x = { shape: [1, 1, 4], dtype: "float32", data: Float32Array.of(3, -4, 5, 12) } as const;
  const pooled = (p: number) =>
    outputsOf("LpPool", x, { attributes: { kernel_shape: [2], strides: [2], p } }).y.data;
  expect([...pooled(1)]).toEqual([7, 17]);
  expect([...pooled(2)]).toEqual([5, 13]);
});

test.each([
  [
    [1, 2, 2],
    [5, 13],
  ],
  [
    [1, 2, 1, 2],
    [5, 13],
  ],
  [[1, 1, 1, 2, 2], [Math.sqrt(194)]],
])("GlobalLpPool of %j takes all axes after the channels", (shape, expected) => {
  const x = { shape, dtype: "float32", data: Float32Array.of(3, -4, 5, 12) } as const;
  const { y } = outputsOf("GlobalLpPool", x, {});
  expect([...y.data]).toEqual(expected.map(Math.fround));
});

test("MaxPool keeps integers what they are", () => {
  const graph = graphOf("MaxPool", [1, 1, 3], { type: 2, attributes: { kernel_shape: [2] } });
  expect(graph.outputs[0].value.dtype).toBe("int32");
});
