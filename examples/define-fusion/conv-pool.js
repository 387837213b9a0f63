/** A fusion from outside of lightfuse: 3x3 convolution, activation and 2x2 max pool in one kernel. */
import {
  blockImports,
  constantOf,
  defineFusion,
  defineKernel,
  divideUp,
  packBias,
  packBlocks,
  quadsOf,
} from "lightfuse";

/** @typedef {{ pixels: number, quads: number, workgroup: number }} Tile */
/** @typedef {Pick<import("lightfuse").FusionSite<unknown, Tile>, "x" | "y" | "weights" | "candidate">} Site */

/** @param {string} source the text of conv-pool.wgsl */
export function defineConvPool(source) {
  const kernel = defineKernel({
    name: "example/conv-pool",
    source,
    params: [
      ["x", "u32"],
      ["x_image", "u32"],
      ["x_quads", "u32"],
      ["x_height", "u32"],
      ["x_width", "u32"],
      ["y", "u32"],
      ["y_image", "u32"],
      ["y_quads", "u32"],
      ["y_height", "u32"],
      ["y_width", "u32"],
      ["weight", "u32"],
      ["bias", "u32"],
    ],
    overrides: ["WORKGROUP"],
    consts: ["TILE_PIXELS", "TILE_QUADS"],
    slots: ["activate", "store_y"],
    /** @param {Site} site */
    configure({ x, y, weights, candidate }, device) {
      const { pixels, quads, workgroup } = candidate;
      return {
        overrides: { WORKGROUP: workgroup },
        consts: { TILE_PIXELS: pixels, TILE_QUADS: quads },
        imports: blockImports(device),
        params: {
          x: x.offset,
          x_image: x.imageStride,
          x_quads: quadsOf(x.channels),
          x_height: x.height,
          x_width: x.width,
          y: y.offset,
          y_image: y.imageStride,
          y_quads: quadsOf(y.channels),
          y_height: y.height,
          y_width: y.width,
          weight: weights.weight.offset,
          bias: weights.bias.offset,
        },
        workgroups: [
          divideUp(y.height * y.width, workgroup * pixels),
          divideUp(quadsOf(y.channels), quads),
          y.images,
        ],
      };
    },
  });

  return defineFusion({
    name: "convPool",
    pattern: {
      conv: { op: "conv2d", where: isPlain3x3 },
      activation: { op: "unary", optional: true },
      pool: { op: "maxPool2d", where: isPlain2x2 },
    },
    kernel,
    // The activation is computed by the package's own stages, in this slot of the kernel.
    stages: { activate: ["activation"] },
    weights({ conv }) {
      const weight = constantOf(conv, 1);
      const bias = conv.inputs[2] ? constantOf(conv, 2) : null;
      return { weight: packBlocks(weight), bias: packBias(bias, weight.shape[0]) };
    },
    // The first is taken where nothing was tuned: software wants large tiles, a GPU many invocations.
    candidates: (_, { software }) =>
      software
        ? [
            { pixels: 2, quads: 4, workgroup: 8 },
            { pixels: 2, quads: 2, workgroup: 8 },
            { pixels: 1, quads: 2, workgroup: 8 },
          ]
        : [
            { pixels: 1, quads: 2, workgroup: 64 },
            { pixels: 1, quads: 1, workgroup: 64 },
            { pixels: 2, quads: 2, workgroup: 64 },
          ],
  });
}

/** @param {import("lightfuse").NodeOf<"conv2d">} node */
function isPlain3x3({ inputs, attributes }) {
  const { stride, padding, dilation, groups } = attributes;
  const [, , height, width] = inputs[1]?.shape ?? [];
  const ones = [...stride, ...padding, ...dilation, groups];
  return height === 3 && width === 3 && ones.every((number) => number === 1);
}

/** @param {import("lightfuse").NodeOf<"maxPool2d">} node */
function isPlain2x2({ inputs, outputs, attributes }) {
  const { kernel, stride, padding, dilation } = attributes;
  const [, , height, width] = inputs[0]?.shape ?? [];
  const [, , yHeight, yWidth] = outputs[0].shape;
  return (
    [...kernel, ...stride].every((number) => number === 2) &&
    padding.slice(0, 2).every((number) => number === 0) &&
    dilation.every((number) => number === 1) &&
    // No window reaches beyond the map.
    2 * yHeight <= height &&
    2 * yWidth <= width
  );
}
