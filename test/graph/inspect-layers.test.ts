/** Layers with their parameters, MACs, resolution and memory, and the sums. */
import { describe, expect, it } from "vitest";
import { NETWORKS } from "../../src/blocks/networks.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/graph.ts";
import { aliveBytes } from "../../src/graph/liveness.ts";
import { inspectLayers } from "../../src/inspect-layers.ts";

const KB = 1024;

/** x is 1x4x8x8: one KiB; convolutions of 1x1 leave that. */
function alive(make: (builder: GraphBuilder, x: Value) => Value): number[] {
  const builder = new GraphBuilder("test");
  builder.output("y", make(builder, builder.input("x", [1, 4, 8, 8])));
  return aliveBytes(builder.graph).map((bytes) => bytes / KB);
}

function pointwise(builder: GraphBuilder, x: Value, channels = 4): Value {
  const weight = builder.parameter(`w${builder.graph.nodes.length}`, [channels, x.shape[1], 1, 1]);
  return builder.conv2d(x, weight, null);
}

describe("the layers of a network", () => {
  it("have the operator's numbers, with what follows it", () => {
    const builder = new GraphBuilder("test");
    const x = builder.input("x", [1, 4, 9, 7]);
    const [weight, bias] = [builder.parameter("w", [8, 2, 3, 5]), builder.parameter("b", [8])];
    const y = builder.conv2d(
      x,
      weight,
      bias,
      { stride: [2, 1], padding: [1, 2, 1, 2], groups: 2 },
      "c",
    );
    const norm = ["gamma", "beta", "mean", "variance"].map((key) => builder.parameter(key, [8]));
    const z = builder.op("batchNorm", [y, ...norm], { epsilon: 1e-5 });
    const relu = builder.unary(z, { kind: "relu" });
    builder.output("y", builder.reshape(relu, [1, 8 * 5 * 7]));
    expect(inspectLayers(builder.graph)).toEqual({
      layers: [
        {
          name: "c",
          op: "conv2d",
          kernel: [3, 5],
          stride: [2, 1],
          dilation: [1, 1],
          groups: 2,
          followedBy: ["batchNorm", "relu"],
          shape: [1, 8, 5, 7],
          parameters: 8 * 2 * 3 * 5 + 8 + 16,
          macs: 8 * 5 * 7 * 2 * 3 * 5,
          receptiveField: [3, 5],
          jump: [2, 1],
          wholeImage: false,
          activationBytes: 8 * 5 * 7 * 4,
          aliveBytes: 8 * 5 * 7 * 4 + 4 * 9 * 7 * 4,
        },
      ],
      parameters: 264,
      macs: 8400,
      activationBytes: 1120,
      peakBytes: 2128,
    });
  });

  it("are separate where another layer reads between them", () => {
    const builder = new GraphBuilder("test");
    const y = pointwise(builder, builder.input("x", [1, 4, 8, 8]));
    builder.output("y", builder.binary("add", y, builder.unary(y, { kind: "relu" })));
    const { layers } = inspectLayers(builder.graph);
    expect(layers.map(({ op, followedBy }) => [op, followedBy])).toEqual([
      ["conv2d", []],
      ["relu", []],
      ["add", []],
    ]);
  });

  it("count a shared weight once", () => {
    const builder = new GraphBuilder("test");
    const weight = builder.parameter("w", [4, 4, 1, 1]);
    const y = builder.conv2d(builder.input("x", [1, 4, 8, 8]), weight, null);
    builder.output("y", builder.conv2d(y, weight, null));
    const { layers, parameters } = inspectLayers(builder.graph);
    expect(layers.map((layer) => layer.parameters)).toEqual([16, 0]);
    expect(parameters).toBe(16);
  });
});

describe("activations alive at once", () => {
  it("are input and output in a chain", () => {
    expect(alive((b, x) => pointwise(b, pointwise(b, x, 16), 4))).toEqual([5, 5]);
  });

  it("include what a shortcut keeps", () => {
    const residual = (b: GraphBuilder, x: Value) => {
      return b.binary("add", x, pointwise(b, pointwise(b, x, 8)));
    };
    expect(alive(residual)).toEqual([3, 4, 2]);
  });

  it("are not doubled by element-wise layers whose input ends there", () => {
    expect(alive((b, x) => b.unary(pointwise(b, x), { kind: "relu" }))).toEqual([2, 1]);
    const kept = (b: GraphBuilder, x: Value) => {
      const y = pointwise(b, x);
      return b.concat([b.unary(y, { kind: "relu" }), y]);
    };
    expect(alive(kept)).toEqual([2, 2, 2]);
  });

  it("are not copied by views", () => {
    const viewed = (b: GraphBuilder, x: Value) => {
      const flat = b.reshape(pointwise(b, x), [1, 256, 1, 1]);
      return pointwise(b, flat, 256);
    };
    expect(alive(viewed)).toEqual([2, 1, 2]);
  });

  it("include outputs until the end", () => {
    const builder = new GraphBuilder("test");
    const first = pointwise(builder, builder.input("x", [1, 4, 8, 8]));
    builder.output("first", first);
    builder.output("last", pointwise(builder, pointwise(builder, first)));
    expect(aliveBytes(builder.graph).map((bytes) => bytes / KB)).toEqual([2, 2, 3]);
  });
});

describe("the sums of the layers", () => {
  it.each(NETWORKS)("of $id are its parameters and MACs", ({ build, parameters, macs }) => {
    const sums = inspectLayers(build());
    expect([sums.parameters, sums.macs]).toEqual([parameters, macs]);
  });
});
