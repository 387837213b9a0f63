/** What operators that slide a window over an image share: data format, strides and padding. */
import type { Padding, Pair } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Call } from "./call.ts";
import type { Held } from "./layout.ts";

export function isChannelsFirst(call: Call): boolean {
  const format = call.attributes.text("data_format", "NHWC");
  if (format !== "NHWC" && format !== "NCHW") {
    call.fail(`has data_format "${format}", expected NHWC or NCHW`);
  }
  return format === "NCHW";
}

/** Input `index` as [N, C, H, W]. @throws FormatError when its rank is not 4 */
export function imageOf(call: Call, index: number, channelsFirst = isChannelsFirst(call)): Value {
  call.shapeOfRank(index, 4);
  return channelsFirst ? call.native(index) : call.layouts.nchw(call.input(index));
}

/** [N, C, H, W] as the tensor that the node makes. */
export function asImage(call: Call, value: Value, channelsFirst = isChannelsFirst(call)): Held {
  return { value, layout: channelsFirst ? "native" : "nchw" };
}

/** The pair [h, w] of a list with one number an axis; batch and channels must have 1. */
export function pairOf(call: Call, attribute: string, otherwise?: Pair): Pair {
  const list = call.attributes.ints(attribute);
  if (list.length === 0 && otherwise) return otherwise;
  const [n, h, w, c] = isChannelsFirst(call) ? [0, 2, 3, 1] : [0, 1, 2, 3];
  if (list.length !== 4 || list[n] !== 1 || list[c] !== 1 || list[h] < 1 || list[w] < 1) {
    call.fail(`has ${attribute} ${list.join(",")}, expected 4 numbers, 1 for batch and channels`);
  }
  return [list[h], list[w]];
}

function explicitPadding(call: Call): Padding {
  const list = call.attributes.ints("explicit_paddings");
  const [n, h, w, c] = isChannelsFirst(call) ? [0, 2, 3, 1] : [0, 1, 2, 3];
  if (list.length !== 8 || [n, c].some((axis) => list[2 * axis] || list[2 * axis + 1])) {
    call.fail(
      `has explicit_paddings ${list.join(",")}, expected 8 numbers, 0 for batch and channels`,
    );
  }
  return [list[2 * h], list[2 * w], list[2 * h + 1], list[2 * w + 1]];
}

/** Padding [top, left, bottom, right] of x [N, C, H, W]; SAME puts the odd pixel last (blocks.md A1). */
export function paddingOf(
  call: Call,
  x: Shape,
  kernel: Pair,
  stride: Pair,
  dilation: Pair,
): Padding {
  const kind = call.attributes.text("padding");
  if (kind === "VALID") return [0, 0, 0, 0];
  if (kind === "EXPLICIT") return explicitPadding(call);
  if (kind !== "SAME") call.fail(`has padding "${kind}", expected SAME, VALID or EXPLICIT`);
  const [height, width] = [0, 1].map((axis) => {
    const outputs = Math.ceil(x[2 + axis] / stride[axis]);
    const reach = (outputs - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
    return Math.max(reach - x[2 + axis], 0);
  });
  const [top, left] = [height >> 1, width >> 1];
  return [top, left, height - top, width - left];
}
