/** Structure costs nothing on the borders of quads; elsewhere the plan says why data is moved. */
import { describe, expect, test } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { conv, copiesOf, planOf } from "./graphs.ts";

type Make = (b: GraphBuilder, x: Value) => Value;

const graphOf = (make: Make, shape: Shape = [1, 8, 4, 5]): Graph =>
  buildGraph({ x: shape }, (b, x) => ({ y: make(b, x) }));

const channels = (b: GraphBuilder, x: Value, start: number, count: number, step = 1): Value =>
  b.op("slice", [x], { axes: [1], starts: [start], sizes: [count], steps: [step] });

const branches = (b: GraphBuilder, x: Value, ...outs: number[]): Value[] =>
  outs.map((out) => conv(b, x, { out, name: `branch${out}` }));

/** Reads its input in quads, and keeps the output from being the thing that is looked at. */
const reader: Make = (b, x) => conv(b, x, { out: 4 });

describe("no copy is made of", () => {
  test.each<[string, Make]>([
    ["a concatenation on the borders of quads", (b, x) => b.concat(branches(b, x, 4, 8, 12))],
    [
      "a concatenation whose last piece ends within a quad",
      (b, x) => b.concat(branches(b, x, 8, 3)),
    ],
    [
      "a concatenation of concatenations",
      (b, x) => b.concat([b.concat(branches(b, x, 4, 8)), conv(b, x, { out: 12 })]),
    ],
    [
      "a dense block, where each layer reads all before it",
      (b, x) => {
        const first = conv(b, x, { out: 4 });
        const second = conv(b, first, { out: 8 });
        return b.concat([first, second]);
      },
    ],
    [
      "a slice that begins on a quad",
      (b, x) => {
        const y = conv(b, x, { out: 12 });
        return b.binary("add", reader(b, channels(b, y, 4, 6)), reader(b, channels(b, y, 8, 4)));
      },
    ],
    [
      "a slice of a slice",
      (b, x) => reader(b, channels(b, channels(b, conv(b, x, { out: 16 }), 4, 12), 4, 5)),
    ],
    [
      "a flattened pixel",
      (b, x) => {
        const pooled = b.op("globalAveragePool", [x], {});
        return b.reshape(conv(b, pooled, { out: 6 }), [1, 6]);
      },
    ],
    [
      "a transpose of the input to channels first",
      (b, x) => reader(b, b.transpose(x, [0, 3, 1, 2])),
    ],
  ])("%s", (_, make) => {
    expect(copiesOf(planOf(graphOf(make)))).toEqual([]);
  });

  test("a split in two halves that are joined again", () => {
    const plan = planOf(
      graphOf((b, x) => {
        const y = conv(b, x, { out: 8 });
        const half = conv(b, channels(b, y, 4, 4), { out: 4 });
        return reader(b, b.concat([conv(b, channels(b, y, 0, 4), { out: 4 }), half]));
      }),
    );
    expect(copiesOf(plan)).toEqual([]);
    expect(plan.dispatches.filter(({ when }) => when === "always")).toHaveLength(4);
  });
});

describe("a copy is made, and the plan says why, of", () => {
  test.each<[string, string[], Make]>([
    [
      "a piece that begins within a quad",
      [
        '"branch3": its 3 channels do not end on a quad, and others follow',
        '"branch5": its slot begins at channel 3, not on a quad',
      ],
      (b, x) => b.concat(branches(b, x, 3, 5)),
    ],
    [
      "a piece that is joined twice",
      ['"concat_1" lies in 2 pieces, its reader wants one'],
      (b, x) => {
        const [y] = branches(b, x, 4);
        return b.concat([y, y]);
      },
    ],
    [
      "a part of a larger tensor",
      ['"concat_3" lies in 2 pieces, its reader wants one'],
      (b, x) => {
        const [y, z] = branches(b, x, 12, 4);
        return b.concat([
          b.op("slice", [y], { axes: [1], starts: [4], sizes: [4], steps: [1] }, "slice_1"),
          z,
        ]);
      },
    ],
    [
      "a slice that begins within a quad",
      ["the slice begins at channel 3, not on a quad"],
      (b, x) => reader(b, channels(b, conv(b, x, { out: 12 }), 3, 4)),
    ],
    [
      "every second channel",
      ["the slice begins at channel 0 with step 2, not on a quad"],
      (b, x) => reader(b, channels(b, conv(b, x, { out: 12 }), 0, 6, 2)),
    ],
  ])("%s", (_, reasons, make) => {
    const switches = { branches: false, channels: false };
    expect(copiesOf(planOf(graphOf(make), switches))).toEqual(reasons);
  });

  test("every piece, when views are switched off", () => {
    const plan = planOf(
      graphOf((b, x) => b.concat(branches(b, x, 4, 8))),
      { view: false, branches: false },
    );
    expect(copiesOf(plan)).toEqual([
      '"branch4": views are switched off',
      '"branch8": views are switched off',
    ]);
  });
});
