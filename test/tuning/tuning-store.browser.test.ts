/** What a page keeps of tuning: in IndexedDB, in Chromium. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AnyVariant } from "../../src/compiler/variants/family.ts";
import type { AdapterDescription } from "../../src/gpu/device.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import type { LoadOptions } from "../../src/model.ts";
import { tune } from "../../src/tune-model.ts";
import { keepTuning, recallTuning } from "../../src/tuning-store.ts";
import { emptyTuning } from "../../src/tuning-table.ts";
import type { KernelTuning } from "../../src/tuning-table.ts";
import { conv } from "../compiler/graphs.ts";
import { expectNear } from "../gpu/compare.ts";
import { testDevice } from "../gpu/run-kernel.ts";

const SHAPE = [1, 8, 12, 10];
const SITE = "conv2d x=1x8x12x10 w=8x8x1x1 y=1x8x12x10 s=1x1 p=0x0x0x0 d=1x1 g=1";
const OTHER_SITE = "linear x=1x8 w=4x8 y=1x4";

type Pointwise = AnyVariant & Readonly<Record<"pixels" | "quads" | "workgroup", number>>;

/** `select` takes tiles of two quads here, so that both are told from those by their workgroups. */
const WIDE: Pointwise = { kernel: "pointwise", pixels: 7, quads: 1, workgroup: 8 };
const NARROW: Pointwise = { kernel: "pointwise", pixels: 4, quads: 1, workgroup: 8 };

const { adapter } = await testDevice();

function pointwise(): Graph {
  const builder = new GraphBuilder("pointwise");
  builder.output("y", conv(builder, builder.input("x", SHAPE), { out: 8 }));
  return builder.graph;
}

function tableOf(
  choices: Readonly<Record<string, AnyVariant>>,
  changed: Partial<KernelTuning> = {},
): KernelTuning {
  const sites = Object.entries(choices).map(([site, variant]) => ({
    site,
    nodes: ["a"],
    times: [{ variant, ms: 0.25 }],
  }));
  return { ...emptyTuning(adapter, "f32"), choices, sites, ...changed };
}

async function loaded(
  options: LoadOptions,
): Promise<{ workgroups: readonly number[]; outputs: Record<string, Tensor> }> {
  const model = await load(pointwise(), { device: await testDevice(), ...options });
  const outputs = await model.run(syntheticInput(SHAPE));
  const [{ workgroups }] = model.explain().dispatches;
  model.dispose();
  return { workgroups, outputs };
}

/** What a load without a table takes, and computes. */
const plain = await loaded({});

/** The workgroups of a model that was loaded with what is kept. */
async function workgroupsOfNextLoad(): Promise<readonly number[]> {
  const { workgroups, outputs } = await loaded({ tuning: true });
  expectNear(outputs, plain.outputs, 1e-5);
  return workgroups;
}

const workgroupsOf = ({ pixels, quads, workgroup }: Pointwise): number[] => [
  Math.ceil(120 / (pixels * workgroup)),
  2 / quads,
  1,
];

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
}

function deleteDatabase(): Promise<unknown> {
  return settled(indexedDB.deleteDatabase("lightfuse"));
}

/** Puts another record in the place of the only one that is kept. */
async function overwrite(change: (kept: KernelTuning) => unknown): Promise<void> {
  const database = await settled(indexedDB.open("lightfuse"));
  const store = database.transaction("tuning", "readwrite").objectStore("tuning");
  const keys = await settled(store.getAllKeys());
  expect(keys).toHaveLength(1);
  const kept = (await settled(store.get(keys[0]))) as KernelTuning;
  await settled(store.put(change(kept), keys[0]));
  database.close();
}

beforeEach(deleteDatabase);

afterEach(async () => {
  vi.unstubAllGlobals();
  await deleteDatabase();
});

test("what is kept is there for the next load", async () => {
  expect(plain.workgroups).not.toEqual(workgroupsOf(WIDE));
  expect(plain.workgroups).not.toEqual(workgroupsOf(NARROW));
  expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
  const table = tableOf({ [SITE]: NARROW });
  await keepTuning(table, adapter);
  expect(await recallTuning(adapter, "f32")).toEqual(table);
  expect(await workgroupsOfNextLoad()).toEqual(workgroupsOf(NARROW));
});

test("tune keeps what it found", { timeout: 120_000 }, async () => {
  const tuning = await tune(pointwise(), { device: await testDevice(), rounds: 1, keep: true });
  expect(Object.keys(tuning.choices)).toEqual([SITE]);
  expect(await recallTuning(adapter, "f32")).toEqual(tuning);
  const chosen = tuning.choices[SITE] as Pointwise;
  expect(await workgroupsOfNextLoad()).toEqual(workgroupsOf(chosen));
});

test("what is kept later is added, and replaces what was measured before", async () => {
  await keepTuning(tableOf({ [SITE]: WIDE }), adapter);
  await keepTuning(tableOf({ [OTHER_SITE]: { kernel: "linear" } }), adapter);
  await keepTuning(tableOf({ [SITE]: NARROW }), adapter);
  const kept = await recallTuning(adapter, "f32");
  expect(kept?.choices).toEqual({ [OTHER_SITE]: { kernel: "linear" }, [SITE]: NARROW });
  expect(kept?.sites.map(({ site }) => site)).toEqual([OTHER_SITE, SITE]);
});

test("what several keep at once is all there", async () => {
  const names = Array.from({ length: 8 }, (_, i) => `site ${i}`);
  await Promise.all(names.map((name) => keepTuning(tableOf({ [name]: WIDE }), adapter)));
  const kept = await recallTuning(adapter, "f32");
  expect(Object.keys(kept?.choices ?? {}).sort()).toEqual(names);
});

describe("a table is not used", () => {
  const other: AdapterDescription = { ...adapter, vendor: "another" };
  const { adapter: otherName } = emptyTuning(other, "f32");

  test("that is another adapter's or another precision's", async () => {
    await keepTuning(tableOf({ [SITE]: NARROW }, { adapter: otherName }), other);
    await keepTuning(tableOf({ [SITE]: NARROW }, { precision: "f16" }), adapter);
    expect(await recallTuning(other, "f32")).not.toBeNull();
    expect(await recallTuning(adapter, "f16")).not.toBeNull();
    expect(await recallTuning(adapter, "f32")).toBeNull();
    expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
  });

  test("that another version has kept", async () => {
    await keepTuning(tableOf({ [SITE]: NARROW }, { version: "0.0.0" }), adapter);
    expect(await recallTuning(adapter, "f32")).toBeNull();
    expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
  });

  test.each<[string, (kept: KernelTuning) => unknown]>([
    ["text", () => "{"],
    ["null", () => null],
    ["a table without choices", (kept) => ({ ...kept, choices: undefined })],
    ["a choice that is no variant", (kept) => ({ ...kept, choices: { [SITE]: 7 } })],
    ["a time that is no number", (kept) => ({ ...kept, sites: [{ ...kept.sites[0], times: 1 }] })],
    ["a table of another version", (kept) => ({ ...kept, version: "0.0.0" })],
    ["a table of another adapter", (kept) => ({ ...kept, adapter: otherName })],
  ])("in whose place there is %s, until it is measured anew", async (_, change) => {
    await keepTuning(tableOf({ [SITE]: NARROW }), adapter);
    await overwrite(change);
    expect(await recallTuning(adapter, "f32")).toBeNull();
    expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
    const anew = tableOf({ [SITE]: WIDE });
    await keepTuning(anew, adapter);
    expect(await recallTuning(adapter, "f32")).toEqual(anew);
    expect(await workgroupsOfNextLoad()).toEqual(workgroupsOf(WIDE));
  });

  test("whose variant is none of the site", async () => {
    await keepTuning(tableOf({ [SITE]: { ...WIDE, pixels: 1000 } as AnyVariant }), adapter);
    expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
  });
});

describe("a model is loaded as if nothing was kept where", () => {
  const refuse = (): never => {
    throw new DOMException("The operation is insecure.", "SecurityError");
  };
  const failing = (): IDBOpenDBRequest => {
    const request = { error: new DOMException("forbidden", "InvalidStateError") };
    queueMicrotask(() => (request as unknown as { onerror: () => void }).onerror());
    return request as unknown as IDBOpenDBRequest;
  };

  /** Databases are there, but not for this page. */
  test.each([
    ["opening a database throws, as in frames of no origin", { open: refuse }],
    ["a database cannot be opened, as in private windows", { open: failing }],
    ["databases are switched off", undefined],
  ])("%s", async (_, factory) => {
    await keepTuning(tableOf({ [SITE]: NARROW }), adapter);
    vi.stubGlobal("indexedDB", factory);
    expect(await recallTuning(adapter, "f32")).toBeNull();
    expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
    await expect(keepTuning(tableOf({ [SITE]: WIDE }), adapter)).resolves.toBeUndefined();
    vi.unstubAllGlobals();
    expect((await recallTuning(adapter, "f32"))?.choices).toEqual({ [SITE]: NARROW });
  });

  test("the name of databases is not even known", async () => {
    const known = Object.getOwnPropertyDescriptor(globalThis, "indexedDB")!;
    Reflect.deleteProperty(globalThis, "indexedDB");
    try {
      expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
      await expect(keepTuning(tableOf({ [SITE]: WIDE }), adapter)).resolves.toBeUndefined();
    } finally {
      Object.defineProperty(globalThis, "indexedDB", known);
    }
    expect(await recallTuning(adapter, "f32")).toBeNull();
  });

  test("a database of that name has something else in it", async () => {
    const request = indexedDB.open("lightfuse", 7);
    request.onupgradeneeded = () => request.result.createObjectStore("else");
    (await settled(request)).close();
    await keepTuning(tableOf({ [SITE]: NARROW }), adapter);
    expect(await recallTuning(adapter, "f32")).toBeNull();
    expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
  });

  test("the disk is full", async () => {
    const put = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (
      this: IDBObjectStore,
    ) {
      this.transaction.abort();
      return {} as IDBRequest<IDBValidKey>;
    });
    await expect(keepTuning(tableOf({ [SITE]: NARROW }), adapter)).resolves.toBeUndefined();
    expect(put).toHaveBeenCalledOnce();
    put.mockRestore();
    expect(await workgroupsOfNextLoad()).toEqual(plain.workgroups);
  });
});
