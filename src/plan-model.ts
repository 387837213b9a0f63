/** The plan of a model by the options of `load`, of which the precision may be left to lightfuse. */
import type { AutoOptions, AutoPlan } from "./auto-precision.ts";
import type { BackgroundTuning } from "./background-tuning.ts";
import { Engine } from "./engine.ts";
import type { Device } from "./gpu/device.ts";
import { GraphError } from "./graph/errors.ts";
import type { Graph } from "./graph/graph.ts";
import { planGraph } from "./plan-graph.ts";
import type { Precision } from "./shaders/elements.ts";

export interface ModelPlanOptions extends AutoOptions {
  /**
   * How activations and weights are stored; kernels compute in f32. `f16` halves the memory, needs
   * a device with `shader-f16`, and holds magnitudes up to 65504 only: greater ones become that.
   * `auto` takes f16 on GPUs that have it and looks for greater ones in the first run; where it finds
   * some, that run and all after it are computed in f32. `f32` by default.
   */
  readonly precision?: Precision | "auto";
  /**
   * After the first result, times the kernels that no table of `tuning` has chosen, whenever the page has
   * nothing to do. Runs go by the fastest as soon as these are ready; until then the weights are held on
   * the host too. Not with `precision: "auto"`.
   */
  readonly tuneInBackground?: boolean | BackgroundTuning;
}

/** @throws DeviceError when the device does not have the precision; GraphError for what it cannot run. */
export async function planModel(
  graph: Graph,
  device: Device,
  { precision, tuneInBackground, ...options }: ModelPlanOptions,
): Promise<Pick<AutoPlan, "plan" | "bufferCopies"> & Partial<AutoPlan>> {
  if (precision === "auto") {
    if (tuneInBackground) {
      throw new GraphError('tuneInBackground: the precision is "auto", expected "f32" or "f16"');
    }
    return (await import("./auto-precision.ts")).planAuto(graph, device, options);
  }
  const planning = { ...options, precision };
  const planned = await planGraph(graph, device, planning);
  if (!tuneInBackground) return planned;
  const { tunedRunner } = await import("./background-tuning.ts");
  const settings = tuneInBackground === true ? {} : tuneInBackground;
  return {
    ...planned,
    runnerOf: (scheduler) =>
      Promise.resolve(tunedRunner(new Engine(scheduler), graph, planning, settings)),
  };
}
