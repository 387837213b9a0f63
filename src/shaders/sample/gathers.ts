/** Operands that are read at other places than those of the value: enlarged, or shifted. */
import type { OperatorAttributes } from "../../graph/attributes.ts";
import type { Quads } from "../spec.ts";
import type { GatherOperand } from "../stage/stages.ts";
import shifted from "./operand-shifted.wgsl?raw";
import upsampled from "./operand-upsampled.wgsl?raw";

/** Nearest pixels of a map that is `factor` [h, w] times smaller; `width` is that of the large map. */
export function upsampledOperand(
  width: number,
  [FACTOR_H, FACTOR_W]: readonly [number, number],
): GatherOperand {
  const name = "sample/operand-upsampled";
  return {
    name,
    files: { [name]: upsampled },
    consts: { FACTOR_H, FACTOR_W },
    params: [
      ["offset", "u32"],
      ["image_stride", "u32"],
      ["quad_stride", "u32"],
      ["width", "u32"],
    ],
    values: { width },
  };
}

/** Every channel moved as `sample/shift` moves it. */
export function shiftedOperand(
  { channels, height, width }: Quads,
  { kernel, dilation }: OperatorAttributes["shift"],
): GatherOperand {
  const name = "sample/operand-shifted";
  return {
    name,
    files: { [name]: shifted },
    consts: { KERNEL: kernel, DILATION: dilation },
    params: [
      ["offset", "u32"],
      ["image_stride", "u32"],
      ["quad_stride", "u32"],
      ["height", "u32"],
      ["width", "u32"],
      ["moved", "u32"],
    ],
    values: { height, width, moved: channels - (channels % kernel ** 2) },
  };
}
