/** What rides on which kernel, and what must not. */
import { describe, expect, test } from "vitest";
import type { FusionSwitches } from "../../src/compiler/options.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { groupNorm, instanceNorm } from "../../src/graph/normalization.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { batchNorm, conv, dispatchesOf, numbers, planOf, scalar } from "./graphs.ts";

type Make = (b: GraphBuilder, x: Value) => Value;

const graphOf = (make: Make): Graph =>
  buildGraph({ x: [1, 8, 6, 6] }, (b, x) => ({ y: make(b, x) }));

const relu: Make = (b, x) => b.unary(x, { kind: "relu" });
const pointwise: Make = (b, x) => conv(b, x, { out: 8 });
const dense: Make = (b, x) => conv(b, x, { out: 8, kernel: 3, padding: [1, 1, 1, 1] });
const gated: Make = (b, x) => {
  const squeezed = relu(b, conv(b, b.op("globalAveragePool", [x], {}), { out: 4 }));
  const scale = b.unary(conv(b, squeezed, { out: 8 }), { kind: "sigmoid" });
  return b.binary("mul", x, scale);
};

const SQUEEZE = ["gate/gate > sigmoid"];

/** The weights depend on x. */
const dynamic: Make = (b, x) => {
  const pooled = b.reshape(b.op("globalAveragePool", [x], {}), [8, 1, 1, 1]);
  return b.conv2d(gated(b, x), b.op("expand", [pooled], { shape: [8, 8, 1, 1] }), null);
};
const transposed: Make = (b, x) =>
  b.op("convTranspose2d", [x, b.constant(numbers([8, 4, 2, 2]))], {
    stride: [2, 2],
    padding: [0, 0, 0, 0],
    dilation: [1, 1],
    groups: 1,
    outputPadding: [0, 0],
  });

const affine = (b: GraphBuilder) => ({
  weight: b.constant(numbers([8])),
  bias: b.constant(numbers([8])),
});

describe("a kernel stores the result of", () => {
  test.each<[string, string[], Make]>([
    [
      "its batch norm and activation",
      ["conv/pointwise > relu"],
      (b, x) => relu(b, batchNorm(b, pointwise(b, x))),
    ],
    [
      "several activations",
      ["conv/direct > relu, exp, clamp"],
      (b, x) => {
        const y = b.unary(relu(b, dense(b, x)), { kind: "exp" });
        return b.unary(y, { kind: "clamp", min: 0, max: 3 });
      },
    ],
    [
      "a batch norm and an activation of a transposed convolution",
      ["conv/transposed > relu"],
      (b, x) => relu(b, batchNorm(b, transposed(b, x))),
    ],
    [
      "a residual of a shift",
      ["sample/shift > add"],
      (b, x) => b.binary("add", b.op("shift", [x], { kernel: 1, dilation: 1 }), x),
    ],
    [
      "an activation of a pool",
      ["pool/max > hardSwish"],
      (b, x) => b.unary(b.maxPool2d(x, { kernel: [2, 2] }), { kind: "hardSwish" }),
    ],
    [
      "scale, bias and activation of an instance norm",
      ["norm/group > mul, add, relu"],
      (b, x) => relu(b, instanceNorm(b, x, { epsilon: 1e-5 }, affine(b))),
    ],
    [
      "an activation of an adaptive pool",
      ["pool/adaptive > relu"],
      (b, x) => relu(b, b.op("adaptivePool2d", [x], { kind: "average", size: [2, 3] })),
    ],
    [
      "a residual added after it",
      ["conv/pointwise > add"],
      (b, x) => b.binary("add", pointwise(b, x), x),
    ],
    [
      "a residual added before it",
      ["conv/pointwise > add"],
      (b, x) => b.binary("add", x, pointwise(b, x)),
    ],
    [
      "a residual and the activation behind it",
      ["conv/pointwise > add, relu"],
      (b, x) => relu(b, b.binary("add", x, pointwise(b, x))),
    ],
    [
      "an activation and the residual behind it",
      ["conv/pointwise > relu, add"],
      (b, x) => b.binary("add", relu(b, pointwise(b, x)), x),
    ],
    [
      "the later of two branches and their sum",
      ["conv/pointwise > relu", "conv/direct > add, relu"],
      (b, x) => relu(b, b.binary("add", relu(b, pointwise(b, x)), dense(b, x))),
    ],
    [
      "a slope of each channel",
      ["conv/pointwise > prelu"],
      (b, x) => b.op("prelu", [pointwise(b, x), b.constant(numbers([8, 1, 1]))], {}),
    ],
    [
      "maps that follow each other",
      ["elementwise/map > exp, mul"],
      (b, x) => b.binary("mul", b.unary(x, { kind: "exp" }), scalar(b, 2)),
    ],
  ])("%s", (_, dispatches, make) => {
    expect(dispatchesOf(planOf(graphOf(make)))).toEqual(dispatches);
  });
});

test("groups of channels that begin within a quad are normalised row-major, before scale and bias", () => {
  const graph = buildGraph({ x: [1, 12, 6, 6] }, (b, x) => {
    const y = b.op("slice", [conv(b, x, { out: 12 })], {
      axes: [1],
      starts: [0],
      sizes: [9],
      steps: [1],
    });
    const weight = b.constant(numbers([9]));
    return { y: groupNorm(b, y, { groups: 3, epsilon: 1e-5 }, { weight }) };
  });
  expect(dispatchesOf(planOf(graph))).toEqual([
    "conv/pointwise",
    "layout/quads-to-flat",
    "norm/layer",
    "layout/flat-to-quads",
    "elementwise/map > mul",
  ]);
});

describe("a pointwise convolution loads through", () => {
  test.each<[string, string[], Make]>([
    [
      "the gate of a squeeze",
      [...SQUEEZE, "mul > conv/pointwise"],
      (b, x) => pointwise(b, gated(b, x)),
    ],
    [
      "a gate and an activation",
      [...SQUEEZE, "mul, hardSwish > conv/pointwise > relu"],
      (b, x) => relu(b, pointwise(b, b.unary(gated(b, x), { kind: "hardSwish" }))),
    ],
    [
      "a batch norm that is not behind a convolution",
      ["mul, add, relu > conv/pointwise"],
      (b, x) => pointwise(b, relu(b, batchNorm(b, x))),
    ],
  ])("%s", (_, dispatches, make) => {
    expect(dispatchesOf(planOf(graphOf(make)))).toEqual(dispatches);
  });

  test.each<[string, string[], Make]>([
    [
      "not through what is dear to compute",
      ["elementwise/map > exp", "conv/pointwise"],
      (b, x) => pointwise(b, b.unary(x, { kind: "exp" })),
    ],
    [
      "through a tensor of its own size, as long as that costs less than a dispatch",
      ["mul > conv/pointwise"],
      (b, x) => pointwise(b, b.binary("mul", x, x)),
    ],
  ])("%s", (_, dispatches, make) => {
    expect(dispatchesOf(planOf(graphOf(make)))).toEqual(dispatches);
  });

  test("not where its weights are computed, which has a kernel of its own", () => {
    const plan = planOf(graphOf((b, x) => relu(b, dynamic(b, x))));
    const kernels = dispatchesOf(plan);
    expect(kernels).toContain("elementwise/map > mul");
    expect(kernels.at(-1)).toBe("conv/computed > relu");
  });

  test("and so does another convolution", () => {
    const plan = planOf(graphOf((b, x) => dense(b, gated(b, x))));
    expect(dispatchesOf(plan)).toEqual([...SQUEEZE, "mul > conv/direct"]);
  });
});

describe("nothing swallows", () => {
  test("a value that others read", () => {
    const plan = planOf(
      graphOf((b, x) => {
        const y = pointwise(b, x);
        return b.binary("mul", relu(b, y), b.unary(y, { kind: "tanh" }));
      }),
    );
    expect(dispatchesOf(plan)).toEqual(["conv/pointwise", "elementwise/map > tanh, mul(relu)"]);
  });

  test("a value that is read twice by one node", () => {
    const plan = planOf(
      graphOf((b, x) => {
        const y = pointwise(b, x);
        return b.binary("mul", y, y);
      }),
    );
    expect(dispatchesOf(plan)).toEqual(["conv/pointwise", "elementwise/map > mul"]);
  });

  test("an output", () => {
    const graph = buildGraph({ x: [1, 8, 6, 6] }, (b, x) => {
      const raw = pointwise(b, x);
      const active = relu(b, raw);
      return { raw, active, y: pointwise(b, b.binary("mul", active, scalar(b, 2))) };
    });
    expect(dispatchesOf(planOf(graph))).toEqual([
      "conv/pointwise > fork(relu)",
      "mul > conv/pointwise",
    ]);
  });

  test("more operands than a pipeline can bind", () => {
    const bounded = (b: GraphBuilder, x: Value, count: number) => {
      let y = x;
      for (let i = 0; i < count; i++) y = b.binary("maximum", y, scalar(b, i));
      return y;
    };
    const stages = (make: Make) =>
      planOf(graphOf(make)).dispatches.flatMap(({ stageParams: { length } }) => length || []);
    expect(stages((b, x) => bounded(b, dense(b, x), 7))).toEqual([5, 2]);
    expect(stages((b, x) => bounded(b, pointwise(b, bounded(b, x, 3)), 4))).toEqual([3, 4]);
  });

  test("an operand that is not there yet", () => {
    const plan = planOf(
      graphOf((b, x) => {
        const early = pointwise(b, x);
        const late = b.op("softmax", [b.maxPool2d(x, { kernel: [1, 1] })], { axis: 1 });
        return b.binary("sub", early, late);
      }),
    );
    const last = dispatchesOf(plan).at(-1);
    expect(last).toBe("elementwise/map > sub");
  });
});

describe("a switch", () => {
  const block: Make = (b, x) =>
    b.binary("add", batchNorm(b, pointwise(b, relu(b, gated(b, x)))), x);

  test("of each fusion is on by default", () => {
    expect(dispatchesOf(planOf(graphOf(block)))).toEqual([
      ...SQUEEZE,
      "mul, relu > conv/pointwise > add",
    ]);
  });

  test.each<[keyof FusionSwitches, string[]]>([
    ["load", ["elementwise/map > mul, relu", "conv/pointwise > add"]],
    ["residual", ["mul, relu > conv/pointwise", "elementwise/map > add"]],
    ["batchNorm", ["mul, relu > conv/pointwise > mul, add, add"]],
  ])("turns %s off", (name, dispatches) => {
    const plan = planOf(graphOf(block), { [name]: false });
    expect(dispatchesOf(plan).slice(1)).toEqual(dispatches);
  });

  test("turns activations off", () => {
    const plan = planOf(
      graphOf((b, x) => relu(b, dense(b, x))),
      { activation: false },
    );
    expect(dispatchesOf(plan)).toEqual(["conv/direct", "elementwise/map > relu"]);
  });

  test("turns the folding of padding off", () => {
    const attributes = { before: [0, 0, 1, 1], after: [0, 0, 1, 1], value: 0 };
    const make: Make = (b, x) =>
      conv(b, b.op("pad", [x], { ...attributes, mode: "constant" }), { out: 4, kernel: 3 });
    expect(dispatchesOf(planOf(graphOf(make)))).toEqual(["conv/direct"]);
    expect(dispatchesOf(planOf(graphOf(make), { padding: false }))).toContain("layout/pad");
  });

  test("turns the recognition of activations off", () => {
    const make: Make = (b, x) => {
      const y = pointwise(b, x);
      return b.binary("mul", y, b.unary(y, { kind: "sigmoid" }));
    };
    expect(dispatchesOf(planOf(graphOf(make)))).toEqual(["conv/pointwise > silu"]);
    expect(dispatchesOf(planOf(graphOf(make), { activationPattern: false }))).toEqual([
      "conv/pointwise",
      "elementwise/map > sigmoid, mul",
    ]);
  });
});
