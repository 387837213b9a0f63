/** Operators with PyTorch's outputs for the same formula-made inputs (blocks.md D.3), as graphs. */
import { GraphBuilder } from "../src/graph/builder.ts";
import { deformConv2d } from "../src/graph/deform-conv.ts";
import type { Graph, Value } from "../src/graph/graph.ts";
import { syntheticInput, syntheticNumber } from "../src/graph/synthetic.ts";
import { sizeOf, tensor } from "../src/graph/tensor.ts";
import type { Shape, Tensor } from "../src/graph/tensor.ts";
import { buildCase, caseFeeds } from "./cases.ts";
import type { Case } from "./cases.ts";
import type { Golden } from "./goldens.ts";
import fixtures from "./goldens/ops.json";

type OperatorFixture = Case & { readonly golden: Golden };
type CompositeFixture = Pick<OperatorFixture, "name" | "golden">;

/** Those of detection heads are of another kind: `test/blocks/yolo-head.ts`. */
const ALL = fixtures.filter((fixture) => "golden" in fixture) as unknown as readonly (
  OperatorFixture | CompositeFixture
)[];

const noise = (shape: Shape, first: number, scale: number, shift: number): Tensor =>
  tensor(
    shape,
    Float32Array.from(
      { length: sizeOf(shape) },
      (_, i) => shift + scale * syntheticNumber(first + i),
    ),
  );

/** Two offset groups, two groups of channels; with a mask in the second version. */
function deform(builder: GraphBuilder, x: Value, masked: boolean): Value {
  const constant = (...given: Parameters<typeof noise>) => builder.constant(noise(...given));
  return deformConv2d(
    builder,
    {
      x,
      offset: constant([1, 36, 6, 7], 0x50000000, 1.5, 0),
      mask: masked ? constant([1, 18, 6, 7], 0x60000000, 0.5, 0.5) : null,
      weight: constant([8, 3, 3, 3], 0, Math.fround(Math.sqrt(6 / 27)), 0),
      bias: constant([8], 0x10000000, 0.1, 0),
    },
    { stride: [2, 2], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 2, offsetGroups: 2 },
  );
}

/** Rows and columns from `start`, every second one. */
function everySecond(builder: GraphBuilder, x: Value, starts: readonly number[]): Value {
  const sizes = x.shape.slice(2).map((size) => size / 2);
  return builder.op("slice", [x], { axes: [2, 3], starts, sizes, steps: [2, 2] });
}

const HALVES = {
  kernel: [2, 2],
  stride: [2, 2],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  ceilMode: false,
} as const;

/** What several operators compute together. */
const COMPOSITES: Record<string, [Shape, (builder: GraphBuilder, x: Value) => Value]> = {
  gap: [[1, 3, 13, 13], (builder, x) => builder.op("globalAveragePool", [x], {})],
  max_unpool_2: [
    [1, 3, 8, 8],
    (builder, x) => {
      const pooled = builder.apply("maxPool2dWithIndices", [x], HALVES);
      return builder.op("maxUnpool2d", pooled, { size: [8, 8] });
    },
  ],
  lrn5: [
    [1, 9, 3, 3],
    (builder, x) => {
      const four = builder.constant(tensor([], Float32Array.of(4)));
      const window = { before: 2, after: 2, alpha: 1e-4 / 5, beta: 0.75, bias: 1 };
      return builder.op("localResponseNorm", [builder.binary("mul", x, four)], window);
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
  deform_v1: [[1, 6, 11, 13], (builder, x) => deform(builder, x, false)],
  deform_v2: [[1, 6, 11, 13], (builder, x) => deform(builder, x, true)],
};

export interface GraphFixture {
  readonly name: string;
  readonly golden: Golden;
  /** Its first output is the golden's, for these inputs. */
  readonly graph: Graph;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

function graphOf(fixture: OperatorFixture | CompositeFixture): GraphFixture {
  const { name, golden } = fixture;
  if ("op" in fixture) {
    return { name, golden, graph: buildCase(fixture), feeds: caseFeeds(fixture) };
  }
  const [shape, build] = COMPOSITES[name];
  const builder = new GraphBuilder(name);
  builder.output("y0", build(builder, builder.input("x0", shape)));
  return { name, golden, graph: builder.graph, feeds: { x0: syntheticInput(shape) } };
}

/** By name; a graph is made when it is asked for. */
export const OPERATOR_FIXTURES: readonly (readonly [string, () => GraphFixture])[] = ALL.map(
  (fixture) => [fixture.name, () => graphOf(fixture)],
);

/** Of the greatest magnitude. */
export const FIXTURE_TOLERANCE = 1e-5;
