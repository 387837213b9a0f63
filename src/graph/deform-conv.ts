/** Deformable convolution, of samples and a convolution of each pixel (blocks.md A3). */
import type { Conv2dAttributes, OperatorAttributes, OperatorName } from "./attributes.ts";
import { ShapeError } from "./errors.ts";
import type { Value } from "./graph.ts";
import { formatShape } from "./tensor.ts";

/** What adds operators: a builder, or the node of a file that is being read. */
export interface OperatorSink {
  op<K extends OperatorName>(
    op: K,
    inputs: readonly (Value | null)[],
    attributes: OperatorAttributes[K],
    name?: string,
  ): Value;
}

export interface DeformConv2dAttributes extends Conv2dAttributes {
  /** Channels in equal groups, each with offsets of its own; independent of `groups`. */
  readonly offsetGroups: number;
}

export interface DeformConv2dInputs {
  /** [N, C, H, W] */
  readonly x: Value;
  /** [N, 2 * offsetGroups * kh * kw, Ho, Wo]: for each tap (y, x) */
  readonly offset: Value;
  /** [N, offsetGroups * kh * kw, Ho, Wo]: a factor for each tap (v2); the caller applies the sigmoid. */
  readonly mask?: Value | null;
  /** [O, C/groups, kh, kw] */
  readonly weight: Value;
  /** [O] */
  readonly bias?: Value | null;
}

/**
 * Deformable convolution v1, or with a mask v2 (Dai et al., Deformable convolutional networks, arXiv
 * 1703.06211, section 2.1; Zhu et al., Deformable ConvNets v2, arXiv 1811.11168, section 3.2).
 * @returns [N, O, Ho, Wo]
 * @throws ShapeError when shapes do not fit together
 */
export function deformConv2d(
  sink: OperatorSink,
  { x, offset, mask, weight, bias }: DeformConv2dInputs,
  { groups, ...window }: DeformConv2dAttributes,
  name?: string,
): Value {
  if (weight.shape.length !== 4) {
    throw new ShapeError(
      `deformConv2d "${name ?? ""}": weight has shape ${formatShape(weight.shape)}, expected rank 4`,
    );
  }
  const [outChannels, perGroup, height, width] = weight.shape;
  const samples = sink.op(
    "deformSample2d",
    mask ? [x, offset, mask] : [x, offset],
    { ...window, kernel: [height, width] },
    name && `${name}.samples`,
  );
  const shape = [outChannels, perGroup * height * width, 1, 1];
  const flat = sink.op("reshape", [weight], { shape }, name && `${name}.weight`);
  return sink.op(
    "conv2d",
    bias ? [samples, flat, bias] : [samples, flat],
    { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups },
    name,
  );
}
