/** Where inputs and outputs lie: the host packs and unpacks quads, so that no dispatch need do it. */
import { describe, expect, test } from "vitest";
import type { Plan } from "../../src/compiler/plan.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { conv, dispatchesOf, planOf } from "./graphs.ts";

type Make = (b: GraphBuilder, x: Value) => Value;

const planFor = (shape: Shape, make: Make): Plan =>
  planOf(buildGraph({ x: shape }, (b, x) => ({ y: make(b, x) })));

const reader: Make = (b, x) => conv(b, x, { out: 4 });

const kernelsWhen = ({ dispatches }: Plan, when: string): string[] =>
  dispatches.filter((dispatch) => dispatch.when === when).map(({ kernel }) => kernel);

describe("an input", () => {
  test("of channels first is packed by the host", () => {
    const plan = planFor([1, 3, 6, 5], reader);
    const [{ host, device, image }] = plan.inputs;
    expect(host).toMatchObject({ layout: "quads", start: 0, strides: [90, 30, 5, 1] });
    expect(image).toBe(host);
    expect(device).toMatchObject({ layout: "flat", tensor: { shape: [1, 3, 6, 5] } });
    expect(dispatchesOf(plan)).toEqual(["conv/pointwise"]);
    expect(kernelsWhen(plan, "import")).toEqual(["layout/flat-to-quads"]);
  });

  test("of channels last is packed by the host, without a dispatch", () => {
    const plan = planFor([1, 6, 5, 3], (b, x) => reader(b, b.transpose(x, [0, 3, 1, 2])));
    const [{ host, image }] = plan.inputs;
    expect(host).toMatchObject({
      layout: "quads",
      strides: [90, 1, 15, 3],
      tensor: { channels: 3, height: 6, width: 5 },
    });
    expect(image).toBe(host);
    expect(dispatchesOf(plan)).toEqual(["conv/pointwise"]);
  });

  test("that several layers read is packed once", () => {
    const plan = planFor([1, 8, 6, 5], (b, x) => b.binary("add", reader(b, x), reader(b, x)));
    expect(plan.inputs[0].host.layout).toBe("quads");
    expect(dispatchesOf(plan)).toEqual(["conv/pointwise", "conv/pointwise > add"]);
    expect(plan.inputs[0].image).toBeUndefined();
  });

  test("that rows are computed of stays row-major", () => {
    const plan = planFor([2, 9], (b, x) => b.op("softmax", [x], { axis: 1 }));
    expect(plan.inputs[0].host).toBe(plan.inputs[0].device);
    expect(dispatchesOf(plan)).toEqual(["softmax/softmax"]);
  });

  test.each<[string, Make]>([
    [
      "in part",
      (b, x) => reader(b, b.op("slice", [x], { axes: [2], starts: [2], sizes: [4], steps: [1] })),
    ],
    [
      "backwards",
      (b, x) => reader(b, b.op("slice", [x], { axes: [2], starts: [5], sizes: [6], steps: [-1] })),
    ],
    ["with height and width exchanged", (b, x) => reader(b, b.transpose(x, [0, 1, 3, 2]))],
  ])("that is read %s stays row-major, and its images are brought there", (_, make) => {
    const plan = planFor([1, 3, 6, 5], make);
    const [{ host, device, image }] = plan.inputs;
    expect(host).toBe(device);
    expect(image).toMatchObject({ tensor: { channels: 3, height: 6, width: 5 } });
    expect(kernelsWhen(plan, "image")).toEqual(["layout/quads-to-flat"]);
    expect(kernelsWhen(plan, "always")).toEqual(["layout/flat-to-quads", "conv/pointwise"]);
  });

  test("whose channels are read backwards is packed into quads all the same", () => {
    const attributes = { axes: [1], starts: [2], sizes: [3], steps: [-1] };
    const plan = planFor([1, 3, 6, 5], (b, x) => reader(b, b.op("slice", [x], attributes)));
    expect(plan.inputs[0].host.layout).toBe("quads");
    expect(kernelsWhen(plan, "always")).toEqual(["conv/pointwise"]);
  });

  test("that is an output too stays where the output is read", () => {
    const graph = buildGraph({ x: [1, 3, 6, 5] }, (b, x) => ({ x, y: reader(b, x) }));
    const plan = planOf(graph);
    expect(plan.inputs[0].host).toBe(plan.inputs[0].device);
    expect(plan.outputs[0].host).toMatchObject({ layout: "flat" });
  });

  test("of a batch is not packed into the slots of a concatenation", () => {
    const join = (images: number): Graph =>
      buildGraph({ x: [images, 4, 6, 5] }, (b, x) => ({
        y: b.concat([conv(b, x, { out: 4 }), x]),
      }));
    expect(planOf(join(1)).inputs[0].host.layout).toBe("quads");
    expect(planOf(join(2)).inputs[0].host.layout).toBe("flat");
  });

  test("that nothing reads keeps its place", () => {
    const graph = buildGraph({ x: [1, 4, 2, 2], unused: [1, 3] }, (b, x) => ({ y: reader(b, x) }));
    const plan = planOf(graph);
    expect(plan.inputs.map(({ name }) => name)).toEqual(["x", "unused"]);
    expect(plan.inputs[1].host.layout).toBe("flat");
  });
});

describe("an output", () => {
  test("in quads is unpacked by the host, and made row-major for GPU buffers only", () => {
    const plan = planFor([1, 8, 6, 5], reader);
    const [{ host }] = plan.outputs;
    expect(host).toMatchObject({ layout: "quads", strides: [120, 30, 5, 1] });
    expect(kernelsWhen(plan, "export")).toEqual(["layout/quads-to-flat"]);
  });

  test("of channels last is unpacked by the host, without a dispatch", () => {
    const plan = planFor([1, 8, 6, 5], (b, x) => b.transpose(reader(b, x), [0, 2, 3, 1]));
    expect(plan.outputs[0].host).toMatchObject({ layout: "quads", strides: [120, 1, 20, 4] });
    expect(plan.outputs[0].shape).toEqual([1, 6, 5, 4]);
    expect(dispatchesOf(plan)).toEqual(["conv/pointwise"]);
  });

  test("of one pixel lies row-major already", () => {
    const plan = planFor([1, 8, 6, 5], (b, x) => b.op("globalAveragePool", [x], {}));
    expect(plan.outputs[0].host).toMatchObject({ layout: "flat" });
    expect(kernelsWhen(plan, "export")).toEqual([]);
  });

  test("keeps the element type of the graph", () => {
    const plan = planFor([1, 8, 6, 5], (b, x) => {
      const integers = b.op("cast", [reader(b, x)], { to: "int32" });
      return b.op("cast", [integers], { to: "float32" });
    });
    expect(plan.outputs[0].dtype).toBe("float32");
  });
});
