/** Normalisations with scale and bias, as nodes for whoever adds nodes: blocks and importers. */
import type { OperatorAttributes, OperatorName } from "./attributes.ts";
import type { Value } from "./graph.ts";
import type { Shape } from "./tensor.ts";

/** Adds a node and gives its first output: a `GraphBuilder`, or a node of a file. */
export interface NodeAdder {
  op<K extends OperatorName>(
    op: K,
    inputs: readonly (Value | null)[],
    attributes: OperatorAttributes[K],
  ): Value;
}

/** What normalised values are multiplied with and what is added; null for neither. */
export interface Affine {
  readonly weight?: Value | null;
  readonly bias?: Value | null;
}

/** x in another shape; x itself when it has that shape. */
function reshape(to: NodeAdder, x: Value, shape: Shape): Value {
  return String(x.shape) === String(shape) ? x : to.op("reshape", [x], { shape });
}

/** x [N, C, ...] as an image [N, C, H, W]; of 3 or fewer axes it is a row. */
export function asImage(to: NodeAdder, x: Value): Value {
  const [images, channels, ...rest] = x.shape;
  const size = (sizes: Shape) => sizes.reduce((a, b) => a * b, 1);
  const shape = [images, channels, size(rest.slice(0, -1)), size(rest.slice(-1))];
  return reshape(to, x, shape);
}

/** y = x * weight + bias, which broadcast to x. */
function affine(to: NodeAdder, x: Value, { weight, bias }: Affine): Value {
  const scaled = weight ? to.op("binary", [x, weight], { kind: "mul" }) : x;
  return bias ? to.op("binary", [scaled, bias], { kind: "add" }) : scaled;
}

/**
 * Group normalisation of x [N, C, ...], with a weight and bias [C] (Wu and He, Group normalization,
 * arXiv 1803.08494): over each of `groups` equal parts of the channels.
 */
export function groupNorm(
  to: NodeAdder,
  x: Value,
  attributes: OperatorAttributes["groupNorm"],
  { weight, bias }: Affine = {},
): Value {
  const perChannel = (value?: Value | null) => value && reshape(to, value, [...value.shape, 1, 1]);
  const y = affine(to, to.op("groupNorm", [asImage(to, x)], attributes), {
    weight: perChannel(weight),
    bias: perChannel(bias),
  });
  return reshape(to, y, x.shape);
}

/**
 * Instance normalisation of x [N, C, ...], with a weight and bias [C] (Ulyanov et al., Instance
 * normalization, arXiv 1607.08022): over each channel of each image.
 */
export function instanceNorm(
  to: NodeAdder,
  x: Value,
  { epsilon }: { readonly epsilon: number },
  given: Affine = {},
): Value {
  return groupNorm(to, x, { groups: x.shape[1], epsilon }, given);
}

/**
 * Layer normalisation (Ba et al., Layer normalization, arXiv 1607.06450): over the axes from `axis`
 * on, with a weight and bias that broadcast to x.
 */
export function layerNorm(
  to: NodeAdder,
  x: Value,
  attributes: OperatorAttributes["layerNorm"],
  given: Affine = {},
): Value {
  return affine(to, to.op("layerNorm", [x], attributes), given);
}
