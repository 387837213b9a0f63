/** Takes the weights of a sub-network out of those of a Once-for-All super-network. */
import { WeightsError } from "../../graph/errors.ts";
import type { Graph } from "../../graph/graph.ts";
import { allocate, formatShape, sameShape, sizeOf } from "../../graph/tensor.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import { listParameters } from "../../graph/weights.ts";

type Tensors = ReadonlyMap<string, Tensor>;

/** The axes along which a block's tensors have the channels between its 1x1 convolutions. */
const MIDDLE_AXES: readonly (readonly [key: RegExp, axes: readonly number[]])[] = [
  [/^inverted_bottleneck\./, [0]],
  [/^depth_conv\.se\.fc\.(reduce|expand)\.weight$/, [0, 1]],
  [/^depth_conv\./, [0]],
  [/^point_linear\.conv\.weight$/, [1]],
];

const BLOCK_KEY = /^blocks\.(\d+)\.conv\.(.+)$/;

/** The wrappers of elastic layers have names of their own, and old files call a block's `conv` otherwise. */
function plainName(key: string): string {
  return key
    .replace(/^module\./, "")
    .replace(".mobile_inverted_conv.", ".conv.")
    .replace(".conv.conv.weight", ".conv.weight")
    .replace(".bn.bn.", ".bn.")
    .replace(".linear.linear.", ".linear.");
}

/** Blocks by number, as stages: the first block of each changes the channels. */
function stagesOf(shapes: ReadonlyMap<string, Shape>): number[][] {
  const stages: number[][] = [];
  for (let block = 0; ; block++) {
    const shapeOf = (key: string) => shapes.get(`blocks.${block}.conv.${key}.conv.weight`);
    const [out, depth] = [shapeOf("point_linear")?.[0], shapeOf("depth_conv")?.[0]];
    if (out === undefined || depth === undefined) return stages;
    const isFirst = (shapeOf("inverted_bottleneck")?.[1] ?? depth) !== out;
    if (isFirst || stages.length === 0) stages.push([]);
    stages[stages.length - 1].push(block);
  }
}

/** For each block of the sub-network the one of the super-network: each stage has its first ones. */
function matchBlocks(sub: Map<string, Shape>, whole: Map<string, Shape>, source: string): number[] {
  const [stages, wholeStages] = [sub, whole].map(stagesOf);
  if (stages.length !== wholeStages.length) {
    throw new WeightsError(
      `weights: the super-network in ${source} has ${wholeStages.length} stages of blocks, but the ` +
        `network has ${stages.length}`,
    );
  }
  return stages.flatMap((blocks, stage) =>
    blocks.map((_, i) => {
      const block = wholeStages[stage].at(i);
      if (block !== undefined) return block;
      throw new WeightsError(
        `weights: stage ${stage} of the super-network in ${source} has ` +
          `${wholeStages[stage].length} blocks, but the network needs ${blocks.length}`,
      );
    }),
  );
}

/** The first of all channels along `axes`, as many as `shape` has. */
function firstChannels(what: string, { shape: from, dtype, data }: Tensor, shape: Shape): Tensor {
  const kept = allocate(dtype, sizeOf(shape));
  const [rows, columns = 1, ...rest] = shape;
  const inner = sizeOf(rest);
  const fromColumns = from[1] ?? 1;
  if (rows > from[0] || columns > fromColumns) {
    throw new WeightsError(
      `weights: ${what} has shape ${formatShape(from)}, but the network needs ${formatShape(shape)} of it`,
    );
  }
  for (let row = 0; row < rows; row++) {
    const start = row * fromColumns * inner;
    kept.set(data.subarray(start, start + columns * inner), row * columns * inner);
  }
  return { shape: [...shape], dtype, data: kept };
}

/** One channel's kernel: the centre without a border of 1, flattened, multiplied from the left by `matrix`. */
function shrink(kernel: Float64Array, size: number, matrix: Tensor): Float64Array {
  const small = size - 2;
  const centre = Array.from({ length: small * small }, (_, i) => {
    return kernel[(Math.floor(i / small) + 1) * size + (i % small) + 1];
  });
  return Float64Array.from(centre, (_, row) =>
    centre.reduce((sum, x, i) => sum + matrix.data[row * centre.length + i] * x, 0),
  );
}

/** `7to5_matrix` and `5to3_matrix`, as far as they are needed. @throws WeightsError when one is missing */
function matricesOf(layer: string, from: number, to: number, weights: Tensors, source: string) {
  const matrices: Tensor[] = [];
  for (let size = from; size > to; size -= 2) {
    const key = `${layer}.${size}to${size - 2}_matrix`;
    const matrix = weights.get(key);
    if (!matrix) {
      throw new WeightsError(
        `weights: "${key}" is missing from ${source}, but the kernels there are ${from}x${from} and ` +
          `the network needs ${to}x${to}`,
      );
    }
    const expected = [(size - 2) ** 2, (size - 2) ** 2];
    if (!sameShape(matrix.shape, expected)) {
      throw new WeightsError(
        `weights: "${key}" of ${source} has shape ${formatShape(matrix.shape)}, expected ` +
          formatShape(expected),
      );
    }
    matrices.push(matrix);
  }
  return matrices;
}

/** Kernels [C, 1, K, K] -> [C, 1, k, k], in float64 and rounded once. */
function shrinkKernels(kernels: Tensor, size: number, matrices: readonly Tensor[]): Tensor {
  const [channels, , from] = kernels.shape;
  const data = allocate("float32", channels * size * size);
  for (let channel = 0; channel < channels; channel++) {
    const whole = kernels.data.subarray(channel * from * from, (channel + 1) * from * from);
    const small = matrices.reduce<Float64Array>(
      (kernel, matrix) => shrink(kernel, Math.sqrt(kernel.length), matrix),
      Float64Array.from(whole),
    );
    data.set(small, channel * size * size);
  }
  return { shape: [channels, 1, size, size], dtype: "float32", data };
}

/** The tensor of a block of `shape` from the super-network's, which is called `key` there. */
function elastic(key: string, shape: Shape, weights: Tensors, source: string): Tensor | undefined {
  const found = weights.get(key);
  const name = BLOCK_KEY.exec(key)?.[2] ?? "";
  if (found?.shape.length !== shape.length) return found;
  const axes = MIDDLE_AXES.find(([pattern]) => pattern.test(name))?.[1] ?? [];
  const sliced = found.shape.map((length, axis) => (axes.includes(axis) ? shape[axis] : length));
  const channels = firstChannels(`"${key}" of ${source}`, found, sliced);
  const [size, needed] = [sliced[2], shape[2]];
  if (name !== "depth_conv.conv.weight" || size <= needed) return channels;
  const layer = key.slice(0, key.lastIndexOf("."));
  return shrinkKernels(channels, needed, matricesOf(layer, size, needed, weights, source));
}

/**
 * The weights of a sub-network by its own names, for `bindWeights`: each stage has the first of the
 * super-network's blocks, each block the first of its middle channels, which training has sorted by
 * importance, and kernels smaller than the stored 7x7 are the centre times `7to5_matrix`, and of
 * that the centre times `5to3_matrix` (mit-han-lab/once-for-all, `elastic_nn/modules/dynamic_op.py`
 * and `dynamic_layers.py`). Batch norms have the super-network's statistics: the authors
 * measure them anew, on images, for each sub-network.
 *
 * Tensors that are no part of a block are passed on as they are.
 * @param graph a network of the Once-for-All family, or what `searchedNetwork` gives
 * @param source names the file in errors
 * @throws WeightsError when a matrix is missing or has another shape, or stages, blocks or channels
 *   are fewer than the network needs
 * @example
 * const whole = parseSafetensors(bytes); // ofa_mbv3_d234_e346_k357_w1.2, its state_dict
 * const graph = network("ofa_flops389M");
 * const model = await createModel(graph, subNetworkWeights(graph, whole));
 */
export function subNetworkWeights(
  graph: Graph,
  weights: Tensors,
  source = "the given tensors",
): Map<string, Tensor> {
  const plain = new Map([...weights].map(([key, value]) => [plainName(key), value]));
  const parameters = new Map(
    listParameters(graph).map(({ parameter, name, shape }) => [parameter ?? name, shape]),
  );
  const shapes = new Map([...plain].map(([key, { shape }]) => [key, shape]));
  const blocks = matchBlocks(parameters, shapes, source);
  const taken = new Map([...plain].filter(([key]) => !BLOCK_KEY.test(key)));
  for (const [key, shape] of parameters) {
    const [, block, name] = BLOCK_KEY.exec(key) ?? [];
    if (block === undefined) continue;
    const from = `blocks.${blocks[Number(block)]}.conv.${name}`;
    const found = elastic(from, shape, plain, source);
    if (found) taken.set(key, found);
  }
  return taken;
}
