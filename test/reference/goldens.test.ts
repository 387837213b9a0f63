/** Operators against PyTorch's outputs for the same formula-made inputs (blocks.md D.3). */
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { tensor } from "../../src/graph/tensor.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { buildCase, caseFeeds } from "../cases.ts";
import type { Case } from "../cases.ts";
import { compareWithGolden } from "../goldens.ts";
import type { Golden } from "../goldens.ts";
import fixtures from "../goldens/ops.json";

type OperatorFixture = Case & { readonly golden: Golden };
type CompositeFixture = Pick<OperatorFixture, "name" | "golden">;

/** Those of detection heads are of another kind: `test/blocks/yolo-head.ts`. */
const ALL = fixtures.filter((fixture) => "golden" in fixture) as unknown as readonly (
  OperatorFixture | CompositeFixture
)[];

/** A one-hot depthwise kernel moves channel c by (dy, dx), cyclically over all (blocks.md A4). */
function shift(builder: GraphBuilder, x: Value, kernel: number): Value {
  const channels = x.shape[1];
  const taps = kernel * kernel;
  const moved = Math.floor(channels / taps) * taps;
  const weight = new Float32Array(channels * taps);
  for (let c = 0; c < channels; c++) {
    const centre = (taps - 1) / 2;
    const [dx, dy] = [c % kernel, Math.floor(c / kernel) % kernel];
    weight[c * taps + (c < moved ? dy * kernel + dx : centre)] = 1;
  }
  const half = (kernel - 1) / 2;
  const constant = builder.constant(tensor([channels, 1, kernel, kernel], weight));
  return builder.conv2d(x, constant, null, {
    padding: [half, half, half, half],
    groups: channels,
  });
}

/** Rows and columns from `start`, every second one. */
function everySecond(builder: GraphBuilder, x: Value, starts: readonly number[]): Value {
  const sizes = x.shape.slice(2).map((size) => size / 2);
  return builder.op("slice", [x], { axes: [2, 3], starts, sizes, steps: [2, 2] });
}

/** What several operators compute together. */
const COMPOSITES: Record<string, [Shape, (builder: GraphBuilder, x: Value) => Value]> = {
  gap: [[1, 3, 13, 13], (builder, x) => builder.op("globalAveragePool", [x], {})],
  depthmax_12_to_4: [
    [1, 12, 3, 3],
    (builder, x) => {
      const split = builder.reshape(x, [1, 3, 4, 3, 3]);
      return builder.op("reduce", [split], { kind: "max", axes: [1], keepDims: false });
    },
  ],
  shuffle_g3: [
    [1, 12, 2, 3],
    (builder, x) => {
      const groups = builder.transpose(builder.reshape(x, [1, 3, 4, 2, 3]), [0, 2, 1, 3, 4]);
      return builder.reshape(groups, x.shape);
    },
  ],
  focus: [
    [1, 3, 6, 8],
    (builder, x) => {
      const starts = [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ];
      return builder.concat(starts.map((start) => everySecond(builder, x, start)));
    },
  ],
  shift3_20: [[1, 20, 5, 6], (builder, x) => shift(builder, x, 3)],
  shift5_d1_30: [[1, 30, 9, 9], (builder, x) => shift(builder, x, 5)],
};

function outputOf(fixture: OperatorFixture | CompositeFixture) {
  if ("op" in fixture) return evaluateGraph(buildCase(fixture), caseFeeds(fixture)).y0;
  const [shape, build] = COMPOSITES[fixture.name];
  const builder = new GraphBuilder(fixture.name);
  builder.output("y0", build(builder, builder.input("x0", shape)));
  return evaluateGraph(builder.graph, { x0: syntheticInput(shape) }).y0;
}

describe("the reference", () => {
  it.each(ALL.map((fixture) => [fixture.name, fixture] as const))(
    "computes %s as PyTorch does",
    (_, fixture) => {
      const { maxError, maxAbs } = compareWithGolden(outputOf(fixture), fixture.golden);
      expect(maxError).toBeLessThan(1e-5 * maxAbs);
    },
  );
});
