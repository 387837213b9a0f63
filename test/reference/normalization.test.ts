/** Normalisations: identities, and values worked out by hand. */
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { groupNorm, instanceNorm, layerNorm } from "../../src/graph/normalization.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { errorOf } from "../formats/error-of.ts";
import { apply, difference, floats, noise } from "./apply.ts";

const EPSILON = 1e-5;
const plain = { epsilon: EPSILON };

describe("layerNorm", () => {
  it("gives each run mean 0 and variance 1", () => {
    const x = noise([3, 4, 5], 1);
    const y = apply("layerNorm", [x], { axis: 1, epsilon: 0 }).data;
    for (let start = 0; start < y.length; start += 20) {
      const run = [...y.slice(start, start + 20)];
      expect(run.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 5);
      expect(run.reduce((sum, v) => sum + v * v, 0) / 20).toBeCloseTo(1, 5);
    }
  });
  it("does not depend on an offset or, without an epsilon, on a scale", () => {
    const x = noise([2, 9], 2);
    const moved = floats(
      [2, 9],
      [...x.data].map((v) => 4 * v + 3),
    );
    const norm = { axis: 1, epsilon: 0 };
    expect(
      difference(apply("layerNorm", [x], norm), apply("layerNorm", [moved], norm)),
    ).toBeLessThan(1e-5);
  });
  it("of equal numbers is 0, also without an epsilon", () => {
    const y = apply("layerNorm", [floats([1, 3], [7, 7, 7])], { axis: 1, epsilon: 0 });
    expect([...y.data]).toEqual([0, 0, 0]);
  });
});

describe("groupNorm", () => {
  const x = noise([2, 6, 3, 5], 3);
  it("with one group equals a layer norm over channels and pixels", () => {
    const grouped = apply("groupNorm", [x], { groups: 1, ...plain });
    expect(difference(grouped, apply("layerNorm", [x], { axis: 1, ...plain }))).toBe(0);
  });
  it("with as many groups as channels equals a layer norm over pixels", () => {
    const grouped = apply("groupNorm", [x], { groups: 6, ...plain });
    expect(difference(grouped, apply("layerNorm", [x], { axis: 2, ...plain }))).toBe(0);
  });
  it("rejects groups that do not divide the channels", () => {
    expect(errorOf(() => apply("groupNorm", [x], { groups: 4, ...plain }))).toBe(
      'ShapeError: groupNorm "test": 4 groups do not divide 6 channels',
    );
  });
});

describe("localResponseNorm", () => {
  const attributes = { before: 1, after: 1, alpha: 0.5, beta: 0.75, bias: 2 };
  it("divides by a power of the squares beside a channel", () => {
    const y = apply("localResponseNorm", [floats([1, 3, 1, 1], [1, 2, 3])], attributes);
    const expected = [1 / 4.5 ** 0.75, 2 / 9 ** 0.75, 3 / 8.5 ** 0.75];
    expect([...y.data]).toEqual(expected.map(Math.fround));
  });
  it("rejects windows of less than nothing", () => {
    expect(
      errorOf(() =>
        apply("localResponseNorm", [noise([1, 1, 1, 1], 1)], { ...attributes, before: -1 }),
      ),
    ).toBe(
      'ShapeError: localResponseNorm "test": a window of -1 channels before and 1 after is not ' +
        "valid, expected integers of at least 0",
    );
  });
});

describe("softmax with log", () => {
  it("is the logarithm of softmax, also where that is 0 in float32", () => {
    const x = floats([1, 3], [0, 1, -200]);
    const [log, softmax] = [true, false].map((given) =>
      apply("softmax", [x], { axis: 1, log: given }),
    );
    const shift = Math.log(1 + Math.E + Math.exp(-200));
    expect([...log.data]).toEqual([-shift, 1 - shift, -200 - shift].map(Math.fround));
    expect(softmax.data[2]).toBe(0);
  });
});

describe("the graph functions", () => {
  const build = (shape: number[], add: (builder: GraphBuilder) => void): GraphBuilder => {
    const builder = new GraphBuilder("test");
    builder.input("x", shape);
    add(builder);
    return builder;
  };
  const shape = [2, 4, 5];
  const x = noise(shape, 4);
  const [weight, bias] = [noise([4], 5), noise([4], 6)];

  it("scale and move each channel of groupNorm and instanceNorm, of any rank", () => {
    const { graph } = build(shape, (builder) => {
      const given = { weight: builder.constant(weight), bias: builder.constant(bias) };
      const [input] = builder.graph.inputs;
      builder.output("grouped", groupNorm(builder, input, { groups: 2, ...plain }, given));
      builder.output("instances", instanceNorm(builder, input, plain, given));
    });
    const { grouped, instances } = evaluateGraph(graph, { x });
    const image = { ...x, shape: [2, 4, 1, 5] };
    const expected = (groups: number) => {
      const y = apply("groupNorm", [image], { groups, ...plain });
      const numbers = [...y.data].map((v, i) => {
        const c = Math.floor(i / 5) % 4;
        return v * weight.data[c] + bias.data[c];
      });
      return floats(shape, numbers);
    };
    expect(difference(grouped, expected(2))).toBeLessThan(1e-6);
    expect(difference(instances, expected(4))).toBeLessThan(1e-6);
  });
  it("leave out scale and bias that are not given", () => {
    const { graph } = build(shape, (builder) => {
      builder.output("y", layerNorm(builder, builder.graph.inputs[0], { axis: -1, ...plain }));
    });
    expect(graph.nodes.map(({ op }) => op)).toEqual(["layerNorm"]);
  });
});
