/** What is explained is what a load would choose: by class of device, and by tables. */
import { expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import { withChoices } from "../../src/compiler/variants.ts";
import type { Choices, SeenSite } from "../../src/compiler/variants.ts";
import { explain } from "../../src/explain.ts";
import type { Explanation } from "../../src/explain.ts";
import { explainGraph } from "../../src/explain-graph.ts";
import type { DeviceClass } from "../../src/explain-compilation.ts";
import type { GraphExplanation } from "../../src/explain/explanation.ts";
import { FormatError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { planGraph } from "../../src/plan-graph.ts";
import type { KernelOptions, KernelTuning } from "../../src/tuning-table.ts";
import { emptyTuning } from "../../src/tuning-table.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { LOWER_TABLE, withZeros } from "../compiler/graphs.ts";
import { deviceWith } from "../gpu/run-kernel.ts";
import { device, residual } from "./graphs.ts";

const resnet = withZeros(network("resnet18"));
const mobile = withZeros(network("mobilenet_v2"));

const TRAITS: Readonly<Record<DeviceClass, Partial<DeviceTraits>>> = {
  software: { software: true, integrated: false },
  integrated: { software: false, integrated: true },
  discrete: { software: false, integrated: false },
};

const CLASSES = ["software", "integrated", "discrete"] as const;

/** What a plan runs, in the order of its dispatches. */
const rowsOf = ({ dispatches }: Pick<Explanation, "dispatches">): string[] =>
  dispatches.map(({ kernel, label, workgroups }) => `${kernel} ${label} ${workgroups.join("x")}`);

const kernelsOf = ({ dispatches }: GraphExplanation): Set<string> =>
  new Set(dispatches.map(({ kernel }) => kernel));

/** A table in which each site has the last of its variants. */
function lastVariants(graph: Graph): KernelTuning {
  const seen: SeenSite[] = [];
  const table = withChoices(LOWER_TABLE, {}, (site) => seen.push(site));
  compile(graph, device.traits, {}, table);
  const choices: Choices = Object.fromEntries(
    seen.map(({ key, variants }) => [key, variants.at(-1)!]),
  );
  return { ...emptyTuning(device.adapter, "f32"), choices };
}

/** Of the plan that `load` makes. */
async function loadedRows(graph: Graph, traits: Partial<DeviceTraits>, options: KernelOptions) {
  const { plan } = await planGraph(graph, await deviceWith(traits), options);
  return rowsOf(explain(plan));
}

test.each(CLASSES)("explains for %s what is loaded there", async (deviceClass) => {
  const explained = await explainGraph(resnet, device, { deviceClass });
  const loaded = await loadedRows(resnet, TRAITS[deviceClass], { probe: false });
  expect(rowsOf(explained)).toEqual(loaded);
});

test("explains what is loaded by a table", async () => {
  const tuning = lastVariants(residual);
  const explained = rowsOf(await explainGraph(residual, device, { tuning }));
  expect(explained).not.toEqual(rowsOf(await explainGraph(residual, device)));
  expect(explained).toEqual(await loadedRows(residual, {}, { tuning }));
});

test("leaves a table of another adapter alone, and refuses what is none", async () => {
  const tuning = { ...lastVariants(residual), adapter: "nvidia hopper" };
  const plain = rowsOf(await explainGraph(residual, device));
  expect(rowsOf(await explainGraph(residual, device, { tuning }))).toEqual(plain);
  await expect(explainGraph(residual, device, { tuning: {} as never })).rejects.toThrow(
    new FormatError('tuning "given": "format" is missing, expected "lightfuse-tuning"'),
  );
});

test("shows the kernels of discrete GPUs, and leaves the device what it is", async () => {
  const before = device.traits;
  const discrete = await explainGraph(resnet, device, { deviceClass: "discrete" });
  const mobileKernels = kernelsOf(await explainGraph(mobile, device, { deviceClass: "discrete" }));
  expect(kernelsOf(discrete)).toContain("conv/winograd");
  expect(kernelsOf(discrete)).toContain("conv/direct-split");
  expect(mobileKernels).toContain("conv/pointwise-split");
  expect(kernelsOf(await explainGraph(resnet, device))).not.toContain("conv/winograd");
  const winograd = discrete.dispatches.find(({ kernel }) => kernel === "conv/winograd")!;
  const { bytes, intensity } = winograd.bound;
  expect(intensity).toBeCloseTo((2 * winograd.macs * 16) / 36 / bytes);
  expect(discrete.peaks.gflops).toBeGreaterThan(1000);
  expect(device.traits).toBe(before);
});
