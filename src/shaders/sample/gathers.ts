/** Operands that are read at other places than those of the value: enlarged, or shifted. */
import type { OperatorAttributes } from "../../graph/attributes.ts";
import type { Quads } from "../spec.ts";
import type { GatherOperand } from "../stage/stages.ts";
import bilinear from "./operand-bilinear.wgsl?raw";
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

/** Where the pixels of the large map lie along an axis: (i * scale + shift) / divisor. */
interface Axis {
  readonly scale: number;
  readonly shift: number;
  readonly divisor: number;
}

/** Between pixels of a map of `size` [h, w]; `width` is that of the large map. */
export function bilinearOperand(
  width: number,
  size: readonly [number, number],
  [rows, columns]: readonly [Axis, Axis],
): GatherOperand {
  const name = "sample/operand-bilinear";
  return {
    name,
    files: { [name]: bilinear },
    params: [
      ["offset", "u32"],
      ["image_stride", "u32"],
      ["quad_stride", "u32"],
      ["width", "u32"],
      ["last_row", "u32"],
      ["row_scale", "i32"],
      ["row_shift", "i32"],
      ["row_divisor", "i32"],
      ["last_column", "u32"],
      ["column_scale", "i32"],
      ["column_shift", "i32"],
      ["column_divisor", "i32"],
    ],
    values: {
      width,
      last_row: size[0] - 1,
      row_scale: rows.scale,
      row_shift: rows.shift,
      row_divisor: rows.divisor,
      last_column: size[1] - 1,
      column_scale: columns.scale,
      column_shift: columns.shift,
      column_divisor: columns.divisor,
    },
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
