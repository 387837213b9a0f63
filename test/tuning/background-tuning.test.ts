/** Tuning beside the runs of a model: these go by what was found, in their order, and compute the same. */
import { describe, expect, test, vi } from "vitest";
import { ReplacingRunner } from "../../src/background-tuning.ts";
import type { FindEngine } from "../../src/background-tuning.ts";
import { Engine } from "../../src/engine.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { GraphError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { Model } from "../../src/loaded-model.ts";
import { load } from "../../src/model.ts";
import { planGraph } from "../../src/plan-graph.ts";
import { emptyTuning } from "../../src/tuning-table.ts";
import type { KernelTuning } from "../../src/tuning-table.ts";
import { conv } from "../compiler/graphs.ts";
import { expectNear } from "../gpu/compare.ts";
import { testDevice } from "../gpu/run-kernel.ts";

const SHAPE = [1, 8, 12, 10];
const SITE = "conv2d x=1x8x12x10 w=8x8x1x1 y=1x8x12x10 s=1x1 p=0x0x0x0 d=1x1 g=1";
/** `select` takes tiles of two quads here. */
const NARROW = { kernel: "pointwise", pixels: 4, quads: 1, workgroup: 8 };

const device = await testDevice();
const narrow: KernelTuning = {
  ...emptyTuning(device.adapter, "f32"),
  choices: { [SITE]: NARROW },
};

function pointwise(): Graph {
  const builder = new GraphBuilder("pointwise");
  builder.output("y", conv(builder, builder.input("x", SHAPE), { out: 8 }));
  return builder.graph;
}

async function engineOf(tuning?: KernelTuning): Promise<Engine> {
  const { plan } = await planGraph(pointwise(), device, { tuning });
  return new Engine(await Scheduler.create(device, plan));
}

const TIMES = {
  ...{ loadMs: 0, downloadMs: 0, parseMs: 0, compileMs: 0 },
  ...{ deviceMs: 0, planMs: 0, uploadMs: 0, pipelinesMs: 0 },
};

async function modelWith(find: FindEngine, onError?: (error: unknown) => void) {
  const before = await engineOf();
  const runner = new ReplacingRunner(before, find, onError);
  return { model: new Model(runner, TIMES, false), runner, before };
}

const workgroupsOf = (model: Model): readonly number[] => model.explain().dispatches[0].workgroups;

const x = syntheticInput(SHAPE);

describe("a better engine", () => {
  test("takes over between runs, in the order of the calls, and computes the same", async () => {
    const better = await engineOf(narrow);
    let replace!: () => void;
    const { model, before } = await modelWith((_, use) => {
      replace = () => use(better);
      return Promise.resolve();
    });
    const disposed = vi.spyOn(before.scheduler, "dispose");
    const first = await model.run(x);
    const workgroups = workgroupsOf(model);
    const ended: number[] = [];
    const run = (index: number) => model.run(x).finally(() => ended.push(index));
    const runs = [0, 1, 2, 3, 4].map(run);
    replace();
    expect(workgroupsOf(model)).not.toEqual(workgroups);
    runs.push(...[5, 6, 7].map(run));
    expect(disposed).not.toHaveBeenCalled();
    for (const outputs of await Promise.all(runs)) expectNear(outputs, first, 1e-5);
    expect(ended).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(disposed).toHaveBeenCalledOnce();
    expect(() => before.scheduler.check()).toThrow("the model was disposed");
    model.dispose();
  });

  test("is looked for once, after the first result", async () => {
    const find = vi.fn<FindEngine>(() => Promise.resolve());
    const { model } = await modelWith(find);
    const runs = [model.run(x), model.run(x)];
    expect(find).not.toHaveBeenCalled();
    await Promise.all(runs);
    await model.run(x);
    expect(find).toHaveBeenCalledOnce();
    model.dispose();
  });

  test("that comes after the model was disposed is disposed too", async () => {
    const better = await engineOf(narrow);
    let aborted = false;
    const { model, runner } = await modelWith(async (signal, use) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      aborted = true;
      use(better);
    });
    await model.run(x);
    await runner.dispose();
    expect(aborted).toBe(true);
    expect(() => better.scheduler.check()).toThrow("the model was disposed");
  });

  test("that cannot be found leaves the model as it is, and the reason is told", async () => {
    const onError = vi.fn();
    const failure = new Error("no memory");
    const { model, before } = await modelWith(() => Promise.reject(failure), onError);
    const first = await model.run(x);
    expect(await model.run(x)).toEqual(first);
    expect(onError.mock.calls).toEqual([[failure]]);
    before.scheduler.check();
    model.dispose();
  });
});

describe("load with tuneInBackground", { timeout: 120_000, tags: ["slow"] }, () => {
  test("times the sites that no table has, and runs on what is the fastest", async () => {
    const builder = new GraphBuilder("two sites");
    const wide = conv(builder, builder.input("x", SHAPE), { out: 8 });
    builder.output("y", conv(builder, wide, { out: 4 }));
    const sites: string[] = [];
    const plain = await load(builder.graph, { device });
    const expected = await plain.run(x);
    let model!: Model;
    const tuning = await new Promise<KernelTuning>((resolve, reject) => {
      const tuneInBackground = {
        ...{ rounds: 1, onTuned: resolve, onError: reject },
        onSite: ({ site }: { site: string }) => sites.push(site),
      };
      load(builder.graph, { device, tuning: narrow, tuneInBackground })
        .then(async (loaded) => {
          model = loaded;
          for (let i = 0; i < 20; i++) expectNear(await model.run(x), expected, 1e-5);
        })
        .catch(reject);
    });
    const other = SITE.replace("w=8x8", "w=4x8").replace("y=1x8", "y=1x4");
    expect(sites).toEqual([other]);
    expect(Object.keys(tuning.choices)).toEqual([other]);
    expectNear(await model.run(x), expected, 1e-5);
    const again = await load(builder.graph, { device, tuning: [narrow, tuning] });
    const rowsOf = ({ workgroups, kernel }: { workgroups: readonly number[]; kernel: string }) => [
      kernel,
      workgroups,
    ];
    expect(model.explain().dispatches.map(rowsOf)).toEqual(again.explain().dispatches.map(rowsOf));
    for (const each of [plain, model, again]) each.dispose();
  });

  test("is refused where the precision may still change", async () => {
    const options = { device, precision: "auto", tuneInBackground: true } as const;
    await expect(load(pointwise(), options)).rejects.toThrow(
      new GraphError('tuneInBackground: the precision is "auto", expected "f32" or "f16"'),
    );
  });
});
