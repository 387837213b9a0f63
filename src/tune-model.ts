/** Chooses kernels for a model by timing them; all that it takes is loaded when it is called. */
import type { AdapterDescription } from "./gpu/device.ts";
import type { ModelSource } from "./import.ts";
import type { Precision } from "./shaders/elements.ts";
import type { KernelTuneOptions } from "./tune-kernels.ts";
import type { KernelTuning } from "./tuning-table.ts";

/**
 * Times all variants of every distinct convolution and linear layer of a model on a device, and gives
 * a table of the fastest.
 *
 * @example
 * const tuning = await tune("mobilenet_v2.onnx", { budgetMs: 10_000 });
 * const model = await load("mobilenet_v2.onnx", { tuning });
 *
 * @throws GraphError when the model has no such layer, or cannot run; DeviceError when the GPU fails;
 *   the signal's reason
 */
export async function tune(
  source: ModelSource,
  options: KernelTuneOptions = {},
): Promise<KernelTuning> {
  return (await import("./tune-kernels.ts")).tuneKernels(source, options);
}

/** The table of `tune` in a JSON file. @param where its name, for errors @throws FormatError */
export async function parseTuning(bytes: Uint8Array, where: string): Promise<KernelTuning> {
  return (await import("./tuning-table.ts")).parseTuning(bytes, where);
}

/** Why a table of `tune` is not used on an adapter; null where it is. */
export async function whyUnused(
  tuning: KernelTuning,
  adapter: AdapterDescription,
  precision: Precision = "f32",
): Promise<string | null> {
  return (await import("./tuning-table.ts")).whyUnused(tuning, adapter, precision);
}
