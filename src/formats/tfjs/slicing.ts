/** Converters of operators that take parts of a tensor. */
import { formatShape } from "../../graph/tensor.ts";
import { native } from "./call.ts";
import type { Call } from "./call.ts";
import { shapeOf } from "./layout.ts";
import type { Held } from "./layout.ts";

/** Consecutive parts of the given sizes along an axis. */
function cut(call: Call, held: Held, axis: number, sizes: readonly number[]): Held[] {
  let start = 0;
  return sizes.map((size) => {
    const part = call.slice(held, [axis], [start], [size]);
    start += size;
    return part;
  });
}

/** Inputs: the axis, x. */
export function split(call: Call): Held[] {
  const shape = call.shape(1);
  const axis = call.axis(call.int(0), shape.length);
  const count = call.parts(call.attributes.int("num_split"));
  if (shape[axis] % count) call.fail(`splits ${shape[axis]} elements into ${count} equal parts`);
  return cut(call, call.input(1), axis, Array<number>(count).fill(shape[axis] / count));
}

/** Inputs: x, the sizes (one may be -1: the rest), the axis. */
export function splitV(call: Call): Held[] {
  const shape = call.shape(0);
  const axis = call.axis(call.int(2), shape.length);
  const given = call.ints(1);
  call.parts(given.length);
  const known = given.reduce((sum, size) => sum + Math.max(size, 0), 0);
  const sizes = given.map((size) => (size === -1 ? shape[axis] - known : size));
  return cut(call, call.input(0), axis, sizes);
}

export function unpack(call: Call): Held[] {
  const shape = call.shape(0);
  const axis = call.axis(call.attributes.int("axis", 0), shape.length);
  const held = call.layouts.beforeDropping(call.input(0), [axis]);
  const rest = shape.filter((_, i) => i !== axis);
  const ones = Array<number>(call.parts(shape[axis])).fill(1);
  return cut(call, held, axis, ones).map(({ value }) => native(call.reshape(value, rest)));
}

/** Inputs: x, where each axis begins, how many elements it gives (-1: the rest). */
export function slice(call: Call): Held {
  const shape = call.shape(0);
  const [starts, given] = [call.ints(1), call.ints(2)];
  if (starts.length !== shape.length || given.length !== shape.length) {
    call.fail(`slices ${starts.length} axes of ${formatShape(shape)}`);
  }
  const sizes = given.map((size, axis) => (size === -1 ? shape[axis] - starts[axis] : size));
  return call.slice(
    call.input(0),
    shape.map((_, axis) => axis),
    starts,
    sizes,
  );
}

/** One axis of a strided slice: where it starts and how many elements it takes. */
function extent(
  size: number,
  step: number,
  begin: number | null,
  end: number | null,
): { start: number; count: number } {
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, least), most);
  const start = begin === null ? (step > 0 ? least : most) : clamp(begin);
  const stop = end === null ? (step > 0 ? most : least) : clamp(end);
  return { start, count: Math.max(0, Math.ceil((stop - start) / step)) };
}

/** Python's x[begin:end:step, ...]: one bit of each mask stands for one item between the brackets. */
export function stridedSlice(call: Call): Held {
  const held = call.input(0);
  const shape = shapeOf(held);
  const [begin, end, step] = [1, 2, 3].map((index) => call.ints(index));
  const has = (mask: string, item: number): boolean =>
    Boolean((call.attributes.int(`${mask}_mask`, 0) >> item) & 1);
  const items = begin.map((_, item) => item);
  const consuming = items.filter((item) => !has("ellipsis", item) && !has("new_axis", item)).length;
  if (
    end.length !== begin.length ||
    step.length !== begin.length ||
    begin.length > 31 ||
    consuming > shape.length ||
    step.includes(0) ||
    items.filter((item) => has("ellipsis", item)).length > 1
  ) {
    call.fail(
      `has ${begin.length} items between its brackets that do not fit ${formatShape(shape)}`,
    );
  }
  const [axes, starts, sizes, steps, result] = Array.from({ length: 5 }, (): number[] => []);
  let axis = 0;
  for (const item of items) {
    if (has("ellipsis", item)) {
      const whole = shape.slice(axis, axis + shape.length - consuming);
      result.push(...whole);
      axis += whole.length;
    } else if (has("new_axis", item)) {
      result.push(1);
    } else {
      const size = shape[axis];
      const single = has("shrink_axis", item);
      const at = begin[item] < 0 ? begin[item] + size : begin[item];
      if (single && (at < 0 || at >= size)) {
        call.fail(`takes element ${begin[item]} of an axis of ${size}`);
      }
      const first = has("begin", item) ? null : begin[item];
      const last = has("end", item) ? null : end[item];
      const part = single ? { start: at, count: 1 } : extent(size, step[item], first, last);
      axes.push(axis++);
      starts.push(part.start);
      sizes.push(part.count);
      steps.push(single ? 1 : step[item]);
      if (!single) result.push(part.count);
    }
  }
  result.push(...shape.slice(axis));
  const part = call.slice(held, axes, starts, sizes, steps);
  const kept = shapeOf(part);
  if (result.length === kept.length && result.every((size, i) => size === kept[i])) return part;
  return native(call.reshape(call.layouts.native(part), result));
}
