/** Storage of activations and weights in 16-bit floats; loaded when a model asks for it. */
import { checkIntegers, MOST_EXACT } from "./compiler/integers.ts";
import { halfToFloat } from "./formats/half.ts";
import { floatToHalf } from "./formats/to-half.ts";
import type { Device } from "./gpu/device.ts";
import { HalfCopies } from "./gpu/half-copies.ts";
import { DeviceError, GraphError } from "./graph/errors.ts";
import type { Elements } from "./shaders/elements.ts";
import bits from "./shaders/f16/memory-bits.wgsl?raw";
import flat from "./shaders/f16/memory-flat.wgsl?raw";
import image from "./shaders/f16/memory-image.wgsl?raw";
import quads from "./shaders/f16/memory.wgsl?raw";

const FILES = {
  memory: quads,
  "memory-flat": flat,
  "memory-bits": bits,
  "memory-image": image,
};

const byName = <T>(entry: (name: keyof typeof FILES) => [string, T]): Record<string, T> =>
  Object.fromEntries((Object.keys(FILES) as (keyof typeof FILES)[]).map(entry));

export const F16: Elements = {
  precision: "f16",
  bytes: 2,
  imports: byName((name) => [`shared/${name}`, `f16/${name}`]),
  files: byName((name) => [`f16/${name}`, FILES[name]]),
  // An even number of halves: writes of buffers want multiples of 4 bytes.
  encode: (numbers) =>
    floatToHalf(
      numbers,
      new Uint16Array(Math.ceil(numbers.length / 2) * 2),
    ) as Uint16Array<ArrayBuffer>,
  decode: (bytes, offset, count) => halfToFloat(new Uint16Array(bytes, offset, count)),
  checkGraph: checkIntegers,
  checkInput(name, dtype, data) {
    if (dtype !== "int32") return;
    const found = data?.find((x) => Math.abs(x) > MOST_EXACT);
    if (data && found === undefined) return;
    const what = data ? `holds ${found}` : "comes in a GPU buffer";
    throw new GraphError(
      `input "${name}" is int32 and ${what}, but 16-bit floats are exact up to ${MOST_EXACT} only: use precision "f32"`,
    );
  },
};

/** @throws DeviceError when the device cannot compute with 16-bit floats, or the name is another. */
export async function openHalf(
  device: Device,
  precision: string,
): Promise<{ readonly elements: Elements; readonly bufferCopies: HalfCopies }> {
  if (precision !== "f16") {
    throw new DeviceError(`there is no precision "${precision}", expected "f32" or "f16"`);
  }
  if (!device.gpu.features.has("shader-f16")) {
    throw new DeviceError(
      'WebGPU: precision "f16" needs the feature "shader-f16", which this device does not have: use precision "f32"',
    );
  }
  return { elements: F16, bufferCopies: await HalfCopies.create(device) };
}
