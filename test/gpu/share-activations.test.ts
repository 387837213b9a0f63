/** Convolutions that differ in their activations alone have one shader on software adapters. */
import { expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { shareActivations } from "../../src/compiler/share-activations.ts";
import { adoptDevice } from "../../src/gpu/device.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { UnaryAttributes } from "../../src/graph/attributes.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { TensorArray } from "../../src/graph/tensor.ts";
import { planGraph } from "../../src/plan-graph.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { conv, LOWER_TABLE, TRAITS, withZeros } from "../compiler/graphs.ts";
import { expectNear } from "./compare.ts";
import { CountingDevice } from "./counting-device.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph } from "./small-models.ts";

const SHARING = { ...LOWER_TABLE, share: shareActivations };

const runsOf = ({ dispatches }: Plan) => dispatches.filter(({ when }) => when === "always");

const shadersOf = (plan: Plan): number =>
  new Set(runsOf(plan).map(({ code, overrides }) => code + JSON.stringify(overrides))).size;

type Activation = UnaryAttributes | null;

const ALL: readonly Activation[] = [
  null,
  { kind: "relu" },
  { kind: "relu6" },
  { kind: "clamp", min: -0.25, max: 0.5 },
  { kind: "hardSwish" },
];

/** Pointwise convolutions one after the other, with these activations. */
function chainOf(activations: readonly Activation[], scale = 1): Graph {
  return buildGraph({ x: [2, 8, 5, 6] }, (b, x) => {
    const y = activations.reduce<Value>(
      (value, activation) => activate(b, conv(b, value, { out: 8 }), activation),
      scale === 1 ? x : b.binary("mul", x, number(b, scale)),
    );
    return { y };
  });
}

function activate(b: GraphBuilder, x: Value, activation: Activation): Value {
  return activation ? b.unary(x, activation) : x;
}

function number(b: GraphBuilder, value: number): Value {
  return b.constant({ shape: [], dtype: "float32", data: Float32Array.of(value) });
}

async function run(plan: Plan, data: TensorArray) {
  const scheduler = await Scheduler.create(await testDevice(), plan);
  try {
    return await scheduler.run(new Map([["x", { kind: "host", data }]]));
  } finally {
    scheduler.dispose();
  }
}

test("all activations that numbers can tell share a shader, and no bit changes", async () => {
  const graph = chainOf(ALL);
  const { traits } = await testDevice();
  const apart = compile(graph, traits, {}, LOWER_TABLE);
  const shared = compile(graph, traits, {}, SHARING);
  expect(runsOf(apart)).toHaveLength(5);
  expect(shadersOf(apart)).toBe(5);
  expect(shadersOf(shared)).toBe(1);
  expect(shared.dispatches.map(({ fused }) => fused)).toEqual(
    apart.dispatches.map(({ fused }) => fused),
  );
  const x = syntheticInput([2, 8, 5, 6]);
  const outputs = await run(shared, x.data);
  expectNear(outputs, await run(apart, x.data), 0);
  expectNear(outputs, evaluateGraph(graph, { x }), 1e-5);
});

test("without an activation, what overflowed stays infinite or NaN", async () => {
  const { traits } = await testDevice();
  const plan = compile(chainOf([{ kind: "relu" }, null]), traits, {}, SHARING);
  expect(shadersOf(plan)).toBe(1);
  const huge = new Float32Array(2 * 8 * 5 * 6).fill(3e38);
  const { y } = await run(plan, huge);
  expect([...y.data].some((value) => !Number.isFinite(value))).toBe(true);
});

test("what is alike already, or is no such activation, keeps its own stages", () => {
  const codes = (activations: readonly Activation[]): string =>
    compile(chainOf(activations), TRAITS, {}, SHARING)
      .dispatches.map(({ code }) => code)
      .join();
  expect(codes([{ kind: "relu" }, { kind: "relu" }])).not.toContain("activation/bounded");
  const mixed = codes([{ kind: "silu" }, { kind: "relu" }, null]);
  expect(mixed.match(/-- activation\/bounded/g)).toHaveLength(2);
  expect(mixed).toContain("stage/silu");
  expect(mixed).not.toContain("relu6(x + 3)\n");
});

test("residuals and gates before the activation stay, and are shared where they are alike", () => {
  const graph = buildGraph({ x: [1, 8, 6, 6] }, (b, x) => {
    const first = b.unary(b.binary("add", conv(b, x, { out: 8 }), x), { kind: "relu" });
    const second = b.binary("add", conv(b, first, { out: 8 }), first);
    return { y: conv(b, second, { out: 8 }) };
  });
  const plan = compile(graph, TRAITS, {}, SHARING);
  expect(runsOf(plan)).toHaveLength(3);
  expect(shadersOf(plan)).toBe(2);
});

test("networks take fewer pipelines on a software adapter, and GPUs keep their shaders", async () => {
  const device = await testDevice();
  const pipelines = async (id: string, software: boolean): Promise<number> => {
    const counted = adoptDevice(new CountingDevice(device.gpu).gpu);
    const traits = { ...counted.traits, software };
    const seen = Object.create(counted, { traits: { value: traits } }) as typeof counted;
    const { plan } = await planGraph(withZeros(network(id)), seen, { probe: false });
    return shadersOf(plan);
  };
  expect(await pipelines("mobilenet_v2", true)).toBe(7);
  expect(await pipelines("mobilenet_v3_large", true)).toBe(13);
  const graph = withZeros(network("mobilenet_v2"));
  const gpu = { ...device.traits, software: false };
  const seen = Object.create(device, { traits: { value: gpu } }) as typeof device;
  const { plan } = await planGraph(graph, seen, { probe: false });
  expect(plan.dispatches.some(({ code }) => code.includes("activation/bounded"))).toBe(false);
});
