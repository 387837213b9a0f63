/** Loads what a precision other than f32 needs. */
import type { BufferCopies } from "./gpu/buffer-copies.ts";
import type { Device } from "./gpu/device.ts";
import type { Elements, Precision } from "./shaders/elements.ts";

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
