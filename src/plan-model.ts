/** The plan of a model by the options of `load`, of which the precision may be left to lightfuse. */
import type { AutoOptions, AutoPlan } from "./auto-precision.ts";
import type { Device } from "./gpu/device.ts";
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
}

/** @throws DeviceError when the device does not have the precision; GraphError for what it cannot run. */
export async function planModel(
  graph: Graph,
  device: Device,
  { precision, ...options }: ModelPlanOptions,
): Promise<Pick<AutoPlan, "plan" | "bufferCopies"> & Partial<AutoPlan>> {
  return precision === "auto"
    ? (await import("./auto-precision.ts")).planAuto(graph, device, options)
    : planGraph(graph, device, { ...options, precision });
}
