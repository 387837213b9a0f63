/** Pruning on random graphs: what is left computes what the masked graph computes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { mask, prune } from "../../src/graph/prune.ts";
import { countParameters } from "../../src/graph/statistics.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { differenceOf } from "./differences.ts";

const KINDS = [
  "conv",
  "grouped",
  "depthwise",
  "norm",
  "sigmoid",
  "add",
  "concat",
  "slice",
  "shuffle",
  "unshuffle",
  "bottleneck",
] as const;

/** One node: what it is, which earlier values it reads, and a number for its sizes. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    from: fc.nat(30),
    other: fc.nat(30),
    size: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 2, maxLength: 14 },
);
type Step = (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number];

class RandomGraph {
  readonly builder = new GraphBuilder("random");
  readonly values: Value[] = [this.builder.input("x", [1, 4, 3, 2])];

  conv(name: string, x: Value, outChannels: number, groups: number): Value {
    const inChannels = x.shape[1] / groups;
    const weight = this.builder.parameter(`${name}.weight`, [outChannels, inChannels, 1, 1]);
    const bias = this.builder.parameter(`${name}.bias`, [outChannels]);
    return this.builder.conv2d(x, weight, bias, { groups }, name);
  }

  norm(name: string, x: Value): Value {
    const keys = ["weight", "bias", "running_mean", "running_var"];
    const statistics = keys.map((key) => this.builder.parameter(`${name}.${key}`, [x.shape[1]]));
    return this.builder.op("batchNorm", [x, ...statistics], { epsilon: 1e-3 }, name);
  }

  /** Groups of 2 or 3 where they divide the channels. */
  grouped(name: string, x: Value, size: number, choice: number): Value {
    const fit = [2, 3].filter((count) => x.shape[1] % count === 0 && x.shape[1] > count);
    const groups = fit.length > 0 ? fit[choice % fit.length] : 1;
    return this.conv(name, x, 2 * groups * size, groups);
  }

  shuffle(x: Value, groups: number): Value {
    const [, channels, height, width] = x.shape;
    const shape = [1, groups, channels / groups, height, width];
    const swapped = this.builder.transpose(this.builder.reshape(x, shape), [0, 2, 1, 3, 4]);
    return this.builder.reshape(swapped, x.shape);
  }

  apply({ kind, from, other, size }: Step, name: string): Value {
    const { builder, values } = this;
    const x = values[from % values.length];
    const channels = x.shape[1];
    const isEven = channels % 2 === 0;
    switch (kind) {
      case "conv":
        return this.conv(name, x, 2 * size, 1);
      case "grouped":
        return this.grouped(name, x, size, other);
      case "depthwise":
        return this.conv(name, x, channels * (1 + (size % 2)), channels);
      case "norm":
        return this.norm(name, x);
      case "sigmoid":
        return builder.unary(x, { kind: "sigmoid" }, name);
      case "add": {
        const fit = values.filter(({ shape }) => shape[1] === channels);
        return builder.binary("add", x, fit[other % fit.length], name);
      }
      case "concat": {
        const y = values[other % values.length];
        return channels + y.shape[1] > 24 ? x : builder.concat([x, y], 1, name);
      }
      case "slice": {
        const start = other % channels;
        const sizes = [Math.min(size, channels - start)];
        return builder.op("slice", [x], { axes: [1], starts: [start], sizes, steps: [1] }, name);
      }
      case "shuffle":
        return isEven ? this.shuffle(x, 2) : x;
      case "unshuffle":
        return isEven ? this.shuffle(x, channels / 2) : x;
      case "bottleneck": {
        // As in ResNeXt: fewer channels, a convolution in groups, and the sum with the input.
        const few = this.norm(`${name}.bn`, this.conv(`${name}.1`, x, 6 * size, 1));
        const deep = this.conv(
          `${name}.3`,
          this.grouped(`${name}.2`, few, size, other),
          channels,
          1,
        );
        return builder.binary("add", x, deep, name);
      }
    }
  }
}

function build(list: readonly Step[]): Graph {
  const random = new RandomGraph();
  random.values.push(random.conv("stem", random.values[0], 8, 1));
  list.forEach((step, i) => random.values.push(random.apply(step, `${step.kind}${i}`)));
  // All values are read in the end, so that none is dead.
  const pooled = random.values.slice(1).map((x, i) => random.conv(`head${i}`, x, 2, 1));
  const [first, ...rest] = pooled;
  const { builder } = random;
  builder.output(
    "y",
    rest.reduce((sum, y) => builder.binary("add", sum, y), first),
  );
  return bindWeights(builder.graph, syntheticWeights(builder.graph), "formula");
}

const options = fc.record({
  keep: fc.oneof(
    fc.double({ min: 0.05, max: 1, noNaN: true }),
    fc.record({ channels: fc.integer({ min: 1, max: 6 }) }),
  ),
  criterion: fc.constantFrom("l1" as const, "gamma" as const),
  divisor: fc.constantFrom(1, 2, 4),
});

describe("a random graph", () => {
  it("computes pruned what it computes masked", () => {
    fc.assert(
      fc.property(steps, options, (list, chosen) => {
        const graph = build(list);
        const pruned = prune(graph, chosen);
        const inputs = { x: syntheticInput([1, 4, 3, 2]) };
        expect(differenceOf(pruned.graph, mask(graph, pruned.keeps), inputs)).toBeLessThan(1e-5);
        expect(countParameters(pruned.graph)).toBeLessThanOrEqual(countParameters(graph));
        const again = prune(graph, { keeps: pruned.keeps });
        expect(again.graph).toEqual(pruned.graph);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it("is the same if it keeps all", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const graph = build(list);
        expect(prune(graph, { keep: 1 }).graph).toEqual(graph);
      }),
      { numRuns: 30 },
    );
  });
});
