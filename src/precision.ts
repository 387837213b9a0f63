/** Loads what a precision other than f32 needs. */
import type { BufferCopies } from "./gpu/buffer-copies.ts";
import type { Device } from "./gpu/device.ts";
import type { RunInput } from "./inputs.ts";
import type { Elements, Precision } from "./shaders/elements.ts";

/** How `precision: "auto"` decides. */
export interface AutoPrecision {
  /**
   * What the model will see, such as an image: it is run and checked while the model is loaded. An
   * image is prepared as `unit` where it does not say otherwise.
   */
  readonly sample?: RunInput | Readonly<Record<string, RunInput>>;
  /** How many runs are checked before the model stays in f16, the one of the sample too; 1 by default. */
  readonly runs?: number;
  /** Whether f16 may be taken on an adapter that computes on the processor; false by default. */
  readonly software?: boolean;
  /** Told when a run shows that the model needs f32, which `statistics.precisionReason` tells too. */
  readonly onFallback?: (reason: string) => void;
}

/** For the compiler, and for the scheduler; empty for f32. */
export interface LoadedPrecision {
  readonly elements?: Elements;
  readonly bufferCopies?: BufferCopies;
}

/** @throws DeviceError when the device does not have the precision. */
export async function loadPrecision(
  device: Device,
  precision: Precision = "f32",
): Promise<LoadedPrecision> {
  return precision === "f32" ? {} : (await import("./f16.ts")).openHalf(device, precision);
}
