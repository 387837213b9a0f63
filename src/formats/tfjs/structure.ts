/** Converters of operators that move elements without computing. */
import { formatShape, sizeOf } from "../../graph/tensor.ts";
import { native } from "./call.ts";
import type { Call, Converters } from "./call.ts";
import { axisOf, shapeOf } from "./layout.ts";
import type { Held } from "./layout.ts";
import { slice, split, splitV, stridedSlice, unpack } from "./slicing.ts";
import { asImage, imageOf } from "./window.ts";

function reshape(call: Call): Held {
  const x = call.native(0);
  const given = call.ints(1);
  const known = given.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const shape = given.map((size) => (size === -1 ? sizeOf(x.shape) / known : size));
  const open = given.filter((size) => size === -1).length;
  const whole = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (open > 1 || !whole || sizeOf(shape) !== sizeOf(x.shape)) {
    call.fail(`cannot bring ${formatShape(x.shape)} to shape ${given.join("x")}`);
  }
  return native(call.reshape(x, shape));
}

function expandDims(call: Call): Held {
  const x = call.native(0);
  const shape = [...x.shape];
  shape.splice(call.axis(call.int(1), shape.length + 1), 0, 1);
  return native(call.reshape(x, shape));
}

function squeeze(call: Call): Held {
  const x = call.native(0);
  const axes = call.attributes.ints("squeeze_dims").map((axis) => call.axis(axis, x.shape.length));
  const wrong = axes.find((axis) => x.shape[axis] !== 1);
  if (wrong !== undefined) call.fail(`drops axis ${wrong} of ${formatShape(x.shape)}, expected 1`);
  const drops = (axis: number): boolean =>
    axes.length ? axes.includes(axis) : x.shape[axis] === 1;
  return native(
    call.reshape(
      x,
      x.shape.filter((_, axis) => !drops(axis)),
    ),
  );
}

/** Axes are composed with those of the layout, so that NHWC to NCHW and back costs nothing. */
function transpose(call: Call): Held {
  const held = call.input(0);
  const rank = held.value.shape.length;
  const perm = call.ints(1);
  if ([...perm].sort((a, b) => a - b).join() !== held.value.shape.map((_, i) => i).join()) {
    call.fail(`has permutation ${perm.join(",")}, expected the axes of rank ${rank}`);
  }
  const axes = perm.map((axis) => axisOf(held, axis));
  if (axes.join() === "0,2,3,1") return { value: held.value, layout: "nchw" };
  return native(call.layouts.permute(held.value, axes, call.name));
}

function concat(call: Call): Held {
  const operands = call.inputs.slice(0, -1);
  const rank = call.shape(0).length;
  const axis = call.axis(call.int(operands.length), rank);
  if (operands.length === 1) return operands[0];
  const unequal = operands.find(({ value }) => value.shape.length !== rank);
  if (unequal) call.fail(`joins ranks ${rank} and ${unequal.value.shape.length}`);
  const { values, layout } = call.layouts.align(operands);
  const at = axisOf({ value: values[0], layout }, axis);
  return { value: call.op("concat", values, { axis: at }), layout };
}

function pack(call: Call): Held {
  const values = call.inputs.map((held) => call.layouts.native(held));
  const axis = call.axis(call.attributes.int("axis", 0), call.shape(0).length + 1);
  const rows = values.map((value) =>
    call.reshape(value, [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)]),
  );
  return native(rows.length === 1 ? rows[0] : call.op("concat", rows, { axis }));
}

function pad(call: Call): Held {
  const { value: x, layout } = call.input(0);
  const paddings = call.ints(1);
  const rank = x.shape.length;
  if (paddings.length !== 2 * rank) {
    call.fail(`has ${paddings.length} paddings, expected 2 for each of ${rank} axes`);
  }
  const [before, after] = [Array<number>(rank), Array<number>(rank)];
  for (let axis = 0; axis < rank; axis++) {
    const at = axisOf({ value: x, layout }, axis);
    [before[at], after[at]] = [paddings[2 * axis], paddings[2 * axis + 1]];
  }
  const mirror = call.node.op === "MirrorPad";
  if (mirror && call.attributes.text("mode") !== "REFLECT") {
    call.fail(`has mode "${call.attributes.text("mode")}", expected REFLECT`);
  }
  const value = call.node.op === "PadV2" ? call.scalar(2) : 0;
  const mode = mirror ? "reflect" : "constant";
  return { value: call.op("pad", [x], { before, after, mode, value }), layout };
}

function tile(call: Call): Held {
  const held = call.input(0);
  const repeats = call.ints(1);
  if (repeats.length !== shapeOf(held).length) {
    call.fail(`has ${repeats.length} repeats for rank ${shapeOf(held).length}`);
  }
  let { value } = held;
  repeats.forEach((count, axis) => {
    if (count === 1) return;
    const copies = Array<typeof value>(call.parts(count)).fill(value);
    value = call.op("concat", copies, { axis: axisOf(held, axis) });
  });
  return { value, layout: held.layout };
}

/** Blocks of channels become pixels: [N, b, b, C, H, W] -> [N, C, H, b, W, b], and back. */
function blocks(call: Call): Held {
  const x = imageOf(call, 0);
  const [batch, channels, height, width] = x.shape;
  const b = call.attributes.int("block_size");
  const toSpace = call.node.op === "DepthToSpace";
  if (b < 1 || (toSpace ? channels % (b * b) : height % b || width % b)) {
    call.fail(
      `has block_size ${b}, which does not divide ${channels} channels, ${height}x${width}`,
    );
  }
  const deep = channels / (b * b);
  const split = toSpace
    ? [batch, b, b, deep, height, width]
    : [batch, channels, height / b, b, width / b, b];
  const perm = toSpace ? [0, 3, 4, 1, 5, 2] : [0, 3, 5, 1, 2, 4];
  const moved = call.layouts.permute(call.reshape(x, split), perm, call.name);
  const result = toSpace
    ? [batch, deep, height * b, width * b]
    : [batch, channels * b * b, height / b, width / b];
  return asImage(call, call.reshape(moved, result));
}

export const STRUCTURE: Converters = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Transpose: transpose,
  ConcatV2: concat,
  Pack: pack,
  Unpack: unpack,
  Split: split,
  SplitV: splitV,
  Slice: slice,
  StridedSlice: stridedSlice,
  Pad: pad,
  PadV2: pad,
  MirrorPad: pad,
  Tile: tile,
  DepthToSpace: blocks,
  SpaceToDepth: blocks,
  NoOp: () => [],
};
