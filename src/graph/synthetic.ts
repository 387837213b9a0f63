/** Weights and inputs by formula (blocks.md D.3): a network runs, and repeats, without downloads. */
import type { Graph } from "./graph.ts";
import { allocate, sizeOf } from "./tensor.ts";
import type { Shape, Tensor } from "./tensor.ts";
import { listParameters } from "./weights.ts";

const FIRST_INPUT_COUNT = 0x40000000;

/** The counter hashed (the finaliser of MurmurHash3, 32 bits) to a float32 in [-1, 1]. */
export function syntheticNumber(counter: number): number {
  let k = counter >>> 0;
  k = Math.imul(k ^ (k >>> 16), 0x85ebca6b);
  k = Math.imul(k ^ (k >>> 13), 0xc2b2ae35);
  k ^= k >>> 16;
  return Math.fround((k >>> 0) / 2147483648 - 1);
}

/** `shift + scale * number`, rounded to float32 at each step. */
function fill(shape: Shape, firstCount: number, shift: number, scale: number): Tensor {
  const data = allocate("float32", sizeOf(shape));
  const factor = Math.fround(scale);
  for (let i = 0; i < data.length; i++) {
    data[i] = shift + Math.fround(factor * syntheticNumber(firstCount + i));
  }
  return { shape: [...shape], dtype: "float32", data };
}

/** Offset and scale of a tensor: batch norms stay near identity, weights keep the variance. */
function rangeOf(key: string, shape: Shape, keys: ReadonlySet<string>): [number, number] {
  const dot = key.lastIndexOf(".") + 1;
  const isNorm = keys.has(`${key.slice(0, dot)}running_mean`);
  switch (key.slice(dot)) {
    case "weight":
      return isNorm ? [1, 0.25] : [0, Math.sqrt(6 / sizeOf(shape.slice(1)))];
    case "running_var":
      return [1.25, 0.25];
    default:
      return [0, 0.1];
  }
}

/** A tensor for each parameter of a graph, by `state_dict` name; empty for an imported graph. */
export function syntheticWeights(graph: Graph): Map<string, Tensor> {
  const parameters = listParameters(graph).map(({ parameter, name, shape }) => ({
    key: parameter ?? name,
    shape,
  }));
  const keys = new Set(parameters.map(({ key }) => key));
  const weights = new Map<string, Tensor>();
  let count = 0;
  for (const { key, shape } of parameters) {
    weights.set(key, fill(shape, count, ...rangeOf(key, shape, keys)));
    count += sizeOf(shape);
  }
  return weights;
}

/** An input of the given shape with numbers in [-1, 1]. */
export function syntheticInput(shape: Shape): Tensor {
  return fill(shape, FIRST_INPUT_COUNT, 0, 1);
}
