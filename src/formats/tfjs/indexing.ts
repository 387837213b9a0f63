/** Converters of operators that find or follow positions, and of those that make constants. */
import { broadcastShapes, sizeOf, stridesOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import { native } from "./call.ts";
import type { Call, Converter, Converters } from "./call.ts";
import { axisOf } from "./layout.ts";
import type { Held } from "./layout.ts";

/** Constant elements that one Range may make. */
const MOST_STEPS = 2 ** 20;

function gather(call: Call): Held {
  if (call.attributes.int("batch_dims", 0) !== 0) call.fail("has batch_dims, expected 0");
  const x = call.native(0);
  const axis = call.node.op === "GatherV2" ? call.axis(call.int(2), x.shape.length) : 0;
  return native(call.op("gather", [x, call.native(1)], { axis }));
}

/** Rows of x at the positions in the last axis of the indices, through flat positions. */
function gatherNd(call: Call): Held {
  const [x, indices] = [call.native(0), call.native(1)];
  const depth = indices.shape.at(-1) ?? 0;
  if (depth < 1 || depth > x.shape.length) {
    call.fail(`has indices of ${depth} axes, expected 1..${x.shape.length}`);
  }
  const rows = x.shape.slice(0, depth);
  const steps = call.number(Int32Array.from(stridesOf(rows)), [depth]);
  const terms = call.op("binary", [indices, steps], { kind: "mul" });
  const flat = { kind: "sum", axes: [indices.shape.length - 1], keepDims: false } as const;
  const positions = call.op("reduce", [terms], flat);
  const table = call.reshape(x, [sizeOf(rows), ...x.shape.slice(depth)]);
  return native(call.op("gather", [table, positions], { axis: 0 }));
}

function topK(call: Call): Held[] {
  const x = call.native(0);
  const attributes = { k: call.int(1), axis: x.shape.length - 1, largest: true };
  return call.layouts.apply("topK", [x], attributes, call.name).map(native);
}

/** The index of the largest (or smallest) element along an axis; of equal ones, the first. */
const argument =
  (largest: boolean): Converter =>
  (call) => {
    const rank = call.shape(0).length;
    const tfAxis = call.axis(call.int(1), rank);
    const held = call.layouts.beforeDropping(call.input(0), [tfAxis]);
    const axis = axisOf(held, tfAxis);
    const attributes = { k: 1, axis, largest };
    const [, indices] = call.layouts.apply("topK", [held.value], attributes, call.name);
    return native(
      call.reshape(
        indices,
        indices.shape.filter((_, i) => i !== axis),
      ),
    );
  };

function range(call: Call): Held {
  const [start, limit, delta] = [0, 1, 2].map((index) => call.scalar(index));
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= MOST_STEPS)) call.fail(`makes ${count} elements, expected at most ${MOST_STEPS}`);
  const numbers = Array.from({ length: count }, (_, i) => start + i * delta);
  const integers = call.constant(0).dtype === "int32";
  return native(call.number((integers ? Int32Array : Float32Array).from(numbers), [count]));
}

function shape(call: Call): Held {
  const sizes = call.shape(0);
  return native(call.number(Int32Array.from(sizes), [sizes.length]));
}

function expand(call: Call, index: number, sizes: Shape): Held {
  const x = call.native(index);
  if (sizes.some((size) => size < 0)) call.fail(`has shape ${sizes.join("x")}`);
  return native(call.op("expand", [x], { shape: broadcastShapes(x.shape, sizes, call.name) }));
}

export const INDEXING: Converters = {
  Gather: gather,
  GatherV2: gather,
  GatherNd: gatherNd,
  TopKV2: topK,
  ArgMax: argument(true),
  ArgMin: argument(false),
  Range: range,
  Shape: shape,
  Fill: (call) => expand(call, 1, call.ints(0)),
  BroadcastTo: (call) => expand(call, 0, call.ints(1)),
};
