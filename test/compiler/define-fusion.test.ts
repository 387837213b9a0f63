/** Fusions from outside of the package: what patterns match, and the errors of those who write them. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { defineFusion } from "../../src/compiler/fusions/define-fusion.ts";
import type { FusionSite } from "../../src/compiler/fusions/definition.ts";
import type { Fusion } from "../../src/compiler/fusions/fusion.ts";
import { joinTables, loadLowerTable } from "../../src/compiler/lower/table.ts";
import type { CompileOptions } from "../../src/compiler/options.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import { GraphError, ShaderError } from "../../src/graph/errors.ts";
import type { Graph, Node, Value } from "../../src/graph/graph.ts";
import { defineKernel } from "../../src/shaders/define-kernel.ts";
import type { Quads } from "../../src/shaders/spec.ts";
import { tuneFusion } from "../../src/tune.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { conv, LOWER_TABLE, TRAITS } from "./graphs.ts";

const SOURCE = `// Stands for a kernel.
//#import shared/memory
//#import shared/place
//#import shared/invocation

struct Params {
  x: u32,
  y: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot activate
fn activate(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(1)
fn main(at: Invocation) {
  store(params.y, activate(load(params.x), Place(0u, 0u, 0u)));
}
`;

type Site = Pick<FusionSite, "x" | "y" | "weights">;

const kernel = defineKernel<Site>({
  name: "mine/stand-in",
  source: SOURCE,
  params: [
    ["x", "u32"],
    ["y", "u32"],
  ],
  slots: ["activate"],
  configure: ({ x, y }) => ({ params: { x: x.offset, y: y.offset }, workgroups: [1, 1, 1] }),
});

const convRelu = defineFusion({
  name: "convReluPool",
  pattern: {
    conv: { op: "conv2d", where: ({ attributes }) => attributes.groups === 1 },
    activation: {
      op: "unary",
      where: ({ attributes }) => attributes.kind === "relu",
      optional: true,
    },
    pool: { op: "maxPool2d" },
  },
  kernel,
  stages: { activate: ["activation"] },
});

const relu = (b: GraphBuilder, x: Value): Value => b.unary(x, { kind: "relu" }, "relu");
const pool = (b: GraphBuilder, x: Value): Value => b.maxPool2d(x, { kernel: [2, 2] }, "pool");
const layer = (b: GraphBuilder, x: Value): Value => conv(b, x, { out: 4, name: "layer" });

type Make = (b: GraphBuilder, x: Value) => Readonly<Record<string, Value>>;
const graphOf = (make: Make): Graph => buildGraph({ x: [1, 4, 5, 6] }, make);

const planOf = (graph: Graph, fusion: Fusion, fuse: CompileOptions["fuse"] = {}): Plan =>
  compile(graph, TRAITS, { fuse }, joinTables([{ fusions: [fusion] }, LOWER_TABLE]));
const kernelsOf = (make: Make, fusion: Fusion = convRelu, fuse: CompileOptions["fuse"] = {}) =>
  planOf(graphOf(make), fusion, fuse).dispatches.flatMap((dispatch) =>
    dispatch.when === "always" ? [dispatch.kernel] : [],
  );

describe("a pattern matches", () => {
  test.each<[string, Make]>([
    ["all of its steps", (b, x) => ({ y: pool(b, relu(b, layer(b, x))) })],
    ["without an optional one", (b, x) => ({ y: pool(b, layer(b, x)) })],
  ])("%s", (_, make) => {
    expect(kernelsOf(make)).toEqual(["mine/stand-in"]);
  });

  test("by either input of a function of two values, with an operand", () => {
    const sum = defineFusion({
      name: "sum",
      pattern: { pool: { op: "maxPool2d" }, add: { op: "binary", operands: true } },
      kernel,
    });
    const make: Make = (b, x) => ({ y: b.binary("add", x, b.maxPool2d(x, { kernel: [1, 1] })) });
    const [dispatch] = planOf(graphOf(make), sum).dispatches.filter(
      ({ when }) => when === "always",
    );
    expect(dispatch.kernel).toBe("mine/stand-in");
    expect(dispatch.reads.map(({ value }) => value)).toEqual(["x"]);
    expect(dispatch.fused).toEqual({ fusion: ["sum"], store_y: [] });
  });
});

describe("a pattern does not match", () => {
  const apart = (make: Make, fuse: CompileOptions["fuse"] = {}): void =>
    expect(kernelsOf(make, convRelu, fuse)).not.toContain("mine/stand-in");

  test("where it is switched off", () => {
    apart((b, x) => ({ y: pool(b, layer(b, x)) }), { convReluPool: false });
  });

  test("where a predicate says no", () => {
    apart((b, x) => ({ y: pool(b, conv(b, x, { out: 4, groups: 2 })) }));
    apart((b, x) => ({ y: pool(b, b.unary(layer(b, x), { kind: "sigmoid" })) }));
  });

  test("where another reads what is computed on the way", () => {
    apart((b, x) => {
      const y = layer(b, x);
      return { y: pool(b, y), z: y };
    });
  });

  test("where the weights are computed", () => {
    apart((b, x) => {
      const weight = b.reshape(b.op("globalAveragePool", [x], {}), [1, 4, 1, 1]);
      return { y: pool(b, b.conv2d(x, weight, null)) };
    });
  });

  test("where null was chosen", () => {
    const graph = graphOf((b, x) => ({ y: pool(b, layer(b, x)) }));
    const site =
      "conv2d(1x4x5x6, 4x4x1x1, 4; dilation=[1,1] groups=1 padding=[0,0,0,0] stride=[1,1]) > " +
      "maxPool2d(1x4x5x6; ceilMode=false dilation=[1,1] kernel=[2,2] padding=[0,0,0,0] stride=[2,2])";
    const chosen = convRelu.withChoices({ [site]: null });
    expect(planOf(graph, chosen).dispatches.map((dispatch) => dispatch.kernel)).toContain(
      "pool/max",
    );
    const wrong = convRelu.withChoices({ [site]: { tile: 3 } });
    expect(() => planOf(graph, wrong)).toThrow(
      new GraphError(
        `fusion "convReluPool": {"tile":3} was chosen for ${site}, expected one of [{}]`,
      ),
    );
  });
});

describe("a definition is refused", () => {
  const step = { op: "maxPool2d" } as const;
  test.each<[what: string, define: () => unknown, error: Error]>([
    [
      "with a slot that the kernel lacks",
      () => defineFusion({ name: "a", pattern: { pool: step }, kernel, stages: { store_x: [] } }),
      new ShaderError(
        'fusion "a": kernel "mine/stand-in" has no slot "store_x"; its slots are activate',
      ),
    ],
    [
      "that stores without a slot for it",
      () => defineFusion({ name: "a", pattern: { pool: step }, kernel, canStore: true }),
      new ShaderError(
        'fusion "a": kernel "mine/stand-in" has no slot "store_y"; its slots are activate',
      ),
    ],
    [
      "with an empty pattern",
      () => defineFusion({ name: "a", pattern: {}, kernel }),
      new GraphError('fusion "a": the pattern is empty'),
    ],
    [
      "whose last step is optional",
      () => defineFusion({ name: "a", pattern: { pool: { ...step, optional: true } }, kernel }),
      new GraphError(
        'fusion "a": the last step "pool" is optional; leave it out, element-wise nodes ride in ' +
          'the slot "store_y"',
      ),
    ],
  ])("%s", (_, define, error) => {
    expect(define).toThrow(error);
  });

  test("under the name of another fusion", () => {
    const define = () => defineFusion({ name: "padding", pattern: { pool: step }, kernel });
    expect(define).toThrow(
      /^fusion "padding": expected a name that is none of batchNorm, padding, /,
    );
  });
});

describe("a match is refused", () => {
  const graph = graphOf((b, x) => {
    const y = layer(b, x);
    return { y: pool(b, y), z: relu(b, y) };
  });
  const producerOf = ({ inputs }: Node): Node | null => inputs[0]!.producer;
  const fusionOf = (nodes: (anchor: Node) => Record<string, Node | null>): Fusion =>
    defineFusion({
      name: "greedy",
      match: (anchor) => (anchor.op === "maxPool2d" ? nodes(anchor) : null),
      kernel,
    });

  test("that claims what others read", () => {
    const greedy = fusionOf((anchor) => ({ conv: producerOf(anchor), pool: anchor }));
    expect(() => planOf(graph, greedy)).toThrow(
      new GraphError(
        'fusion "greedy" at maxPool2d "pool": it claims "layer", which unary "relu" reads too; ' +
          "expected null from match there",
      ),
    );
  });

  test("that claims an output of the graph", () => {
    const output = graphOf((b, x) => {
      const y = layer(b, x);
      return { y: pool(b, y), z: y };
    });
    const greedy = fusionOf((anchor) => ({ conv: producerOf(anchor), pool: anchor }));
    expect(() => planOf(output, greedy)).toThrow(
      new GraphError(
        'fusion "greedy" at maxPool2d "pool": it claims "layer", which is an output of the graph; ' +
          "expected null from match there",
      ),
    );
  });

  test("that does not end with its anchor", () => {
    const greedy = fusionOf((anchor) => ({ conv: producerOf(anchor) }));
    expect(() => planOf(graph, greedy)).toThrow(
      new GraphError(
        'fusion "greedy" at maxPool2d "pool": its last node is conv2d "layer", expected the anchor',
      ),
    );
  });

  test("that has what is not element-wise ride in a slot", () => {
    const odd = defineFusion({
      name: "odd",
      pattern: { conv: { op: "conv2d" }, pool: { op: "maxPool2d" } },
      kernel,
      stages: { activate: ["pool"] },
    });
    expect(() =>
      planOf(
        graphOf((b, x) => ({ y: pool(b, layer(b, x)) })),
        odd,
      ),
    ).toThrow(
      new GraphError(
        'fusion "odd": step "pool" is maxPool2d "pool", expected an element-wise node for a slot',
      ),
    );
  });
});

describe("what is given for a match is refused", () => {
  const graph = graphOf((b, x) => ({ y: pool(b, x) }));
  const pattern = { pool: { op: "maxPool2d" } } as const;

  test("where weights are not whole vec4s", () => {
    const weights = () => ({ bias: { offset: 0, data: new Float32Array(6) } });
    const fusion = defineFusion({ name: "a", pattern, kernel, weights });
    expect(() => planOf(graph, fusion)).toThrow(
      new GraphError(
        'fusion "a" at maxPool2d "pool": weights "bias" are 6 numbers, expected a multiple of 4',
      ),
    );
  });

  test("where the spec has sizes that are no numbers of the field's type", () => {
    const y = { offset: Number.NaN } as unknown as Quads;
    const spec = ({ x, weights }: Site) => ({ x, y, weights });
    const fusion = defineFusion({ name: "a", pattern, kernel, spec });
    expect(() => planOf(graph, fusion)).toThrow(
      new ShaderError(
        'mine/stand-in: configure gives NaN for the field "y", expected a number of type u32',
      ),
    );
  });

  test("where there are no candidates", () => {
    const fusion = defineFusion({ name: "a", pattern, kernel, candidates: [] });
    expect(() => planOf(graph, fusion)).toThrow(
      new GraphError('fusion "a": there are no candidates'),
    );
  });
});

test("a switch that no fusion has is refused", async () => {
  const graph = graphOf((b, x) => ({ y: pool(b, x) }));
  await expect(loadLowerTable(graph, { convPol: false }, [convRelu])).rejects.toThrow(
    /^fuse: "convPol" is not a fusion, expected one of convReluPool, batchNorm, /,
  );
});

test("a fusion that matches nowhere is not tuned", async () => {
  const graph = graphOf((b, x) => ({ y: relu(b, x) }));
  await expect(tuneFusion(graph, convRelu, { device: await testDevice() })).rejects.toThrow(
    new GraphError(
      'fusion "convReluPool" matches nowhere in "net", whose kernels are elementwise/map',
    ),
  );
});
