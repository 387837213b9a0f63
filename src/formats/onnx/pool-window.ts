/** Kernel, stride, dilation and padding of ONNX pools over any number of axes. */
import type { OnnxNode } from "./node.ts";
import { samePadding } from "./window.ts";

/** The window on one axis. */
export interface AxisWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

export interface PoolWindow {
  /** One for each axis after [N, C]. */
  readonly axes: readonly AxisWindow[];
  /** Whether `auto_pad` sets the output size, so that rounding modes have no say. */
  readonly automatic: boolean;
}

const MODES = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"] as const;

/** The window of a pool of x [N, C, ...]. */
export function readPoolWindow(node: OnnxNode): PoolWindow {
  const sizes = node.input(0).shape.slice(2);
  const rank = sizes.length;
  if (rank === 0) node.fail(`x has rank ${node.input(0).shape.length}, expected [N, C, ...]`);
  const list = (name: string, numbers: number[], count = rank): number[] => {
    if (numbers.length === count) return numbers;
    return node.fail(`${name} has ${numbers.length} numbers, expected ${count}`);
  };
  const each = (value: number, count = rank) => new Array<number>(count).fill(value);
  const kernels = list("kernel_shape", node.ints("kernel_shape"));
  const strides = list("strides", node.ints("strides", each(1)));
  const dilations = list("dilations", node.ints("dilations", each(1)));
  const mode = node.choice("auto_pad", MODES, "NOTSET");
  const explicit = mode === "NOTSET" ? node.ints("pads", each(0, 2 * rank)) : each(0, 2 * rank);
  const pads = list("pads", explicit, 2 * rank);
  const axes = sizes.map((size, i) => {
    const [stride, dilation] = [strides[i], dilations[i]];
    const extent = (kernels[i] - 1) * dilation + 1;
    const [before, after] = mode.startsWith("SAME")
      ? samePadding(size, extent, stride, mode === "SAME_LOWER")
      : [pads[i], pads[i + rank]];
    return { kernel: kernels[i], stride, dilation, before, after };
  });
  return { axes, automatic: mode !== "NOTSET" };
}
