/** Random convolutions, samples, pools and resizes. */
import fc from "fast-check";
import { convolvedSize } from "../../../src/graph/operators/convolution.ts";
import { transposedSize } from "../../../src/graph/operators/conv-transpose.ts";
import type { CaseInput } from "../../cases/case.ts";
import { choice, image, int, named, pair, sides } from "./parts.ts";

interface Window {
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
}

const window = (kernel: number, size = 9) =>
  fc.record({
    size: pair(1, size),
    kernel: pair(1, kernel),
    stride: pair(1, 3),
    dilation: pair(1, 2),
    padding: sides(kernel - 1),
  });

/** Sizes of an image into which the window fits once at least. */
function fitted({ size, kernel, dilation, padding }: Window): [number, number] {
  const [height, width] = [0, 1].map((axis) => {
    const extent = dilation[axis] * (kernel[axis] - 1) + 1;
    return Math.max(size[axis], extent - padding[axis] - padding[axis + 2], 1);
  });
  return [height, width];
}

/** Pools see a pixel in each window: padding is less than the kernel, no tap steps over the image. */
function pooled(window: Window): Window {
  const { kernel, dilation, padding } = window;
  const [top, left, bottom, right] = padding;
  const most = (pixels: number, axis: number) => Math.min(pixels, kernel[axis] - 1);
  const fit: Window = {
    ...window,
    padding: [most(top, 0), most(left, 1), most(bottom, 0), most(right, 1)],
  };
  const [height, width] = fitted(fit);
  return { ...fit, size: [Math.max(height, dilation[0]), Math.max(width, dilation[1])] };
}

/** The sizes of y along both axes. */
const sizesOf = ({ size, kernel, stride, dilation, padding }: Window): number[] =>
  [0, 1].map((axis) => {
    const pads = padding[axis] + padding[axis + 2];
    return convolvedSize(size[axis], kernel[axis], stride[axis], dilation[axis], pads);
  });

const layer = {
  images: int(1, 2),
  groups: int(1, 4),
  ins: int(1, 6),
  outs: int(1, 6),
  bias: fc.boolean(),
};

export const conv2d = fc
  .record({ ...layer, window: window(4), depthwise: fc.boolean(), known: fc.boolean() })
  .map(({ images, groups, ins, outs, bias, window, depthwise, known }) => {
    const { kernel, stride, dilation, padding } = window;
    const [groupCount, perGroup] = depthwise ? [groups * ins, 1] : [groups, ins];
    const inputs: CaseInput[] = [
      { shape: [images, groupCount * perGroup, ...fitted(window)] },
      { shape: [groupCount * (depthwise ? 1 + (outs % 2) : outs), perGroup, ...kernel] },
    ];
    if (known) inputs[1] = { ...inputs[1], constant: true };
    if (bias) inputs.push({ shape: [inputs[1].shape[0]], constant: true });
    return named("conv2d", inputs, { stride, dilation, padding, groups: groupCount });
  });

export const convTranspose2d = fc
  .record({ ...layer, window: window(4, 6), outputPadding: pair(0, 2) })
  .map(({ images, groups, ins, outs, bias, window, outputPadding }) => {
    const { kernel, stride, dilation, padding } = window;
    const size = [0, 1].map((axis) => {
      const pads = padding[axis] + padding[axis + 2] - outputPadding[axis];
      let least = window.size[axis];
      while (transposedSize(least, kernel[axis], stride[axis], dilation[axis], pads) < 1) least++;
      return least;
    });
    const inputs: CaseInput[] = [
      { shape: [images, groups * ins, ...size] },
      { shape: [groups * ins, outs, ...kernel], constant: true },
    ];
    if (bias) inputs.push({ shape: [groups * outs], constant: true });
    const attributes = { stride, dilation, padding, groups, outputPadding };
    return named("convTranspose2d", inputs, attributes);
  });

export const deformSample2d = fc
  .record({ ...layer, window: window(3, 6), masked: fc.boolean(), reach: int(0, 9) })
  .map(({ images, groups, ins, window, masked, reach }) => {
    const { kernel, stride, dilation, padding } = window;
    const size = fitted(window);
    const taps = groups * kernel[0] * kernel[1];
    const places = sizesOf({ ...window, size });
    const inputs: CaseInput[] = [
      { shape: [images, groups * ins, ...size] },
      { shape: [images, 2 * taps, ...places], range: [-reach / 2, reach / 2] },
    ];
    if (masked) inputs.push({ shape: [images, taps, ...places], range: [0, 1] });
    const attributes = { kernel, stride, dilation, padding, offsetGroups: groups };
    return named("deformSample2d", inputs, attributes);
  });

export const shift = fc
  .record({ x: image(30), kernel: choice([1, 3, 5]), dilation: int(1, 3) })
  .map(({ x, ...attributes }) => named("shift", [{ shape: x }], attributes));

export const gridSample = fc
  .record({
    images: int(1, 2),
    channels: int(1, 6),
    axes: fc.array(fc.tuple(int(1, 6), int(1, 5)), { minLength: 1, maxLength: 3 }),
    mode: choice(["nearest", "linear", "cubic"] as const),
    padding: choice(["zeros", "border", "reflection"] as const),
    alignCorners: fc.boolean(),
  })
  .map(({ images, channels, axes, mode, ...rest }) => {
    const x = [images, channels, ...axes.map(([size]) => size)];
    const grid = [images, ...axes.map(([, places]) => places), axes.length];
    const inputs: CaseInput[] = [{ shape: x }, { shape: grid, range: [-1.4, 1.4] }];
    return named("gridSample", inputs, { mode, ...rest });
  });

const pool = { images: int(1, 2), channels: int(1, 9), window: window(4), ceilMode: fc.boolean() };

const maxPool = fc.record(pool).map(({ images, channels, window, ceilMode }) => {
  const { size, kernel, stride, dilation, padding } = pooled(window);
  const attributes = { kernel, stride, dilation, padding, ceilMode };
  return { x: [images, channels, ...size], attributes };
});

export const maxPool2d = maxPool.map(({ x, attributes }) =>
  named("maxPool2d", [{ shape: x }], attributes),
);

/** Numbers repeat, so that a window has several greatest ones. */
export const maxPool2dWithIndices = maxPool.map(({ x, attributes }) =>
  named("maxPool2dWithIndices", [{ shape: x, step: 0.25 }], attributes),
);

export const averagePool2d = fc
  .record({ ...pool, countIncludePad: fc.boolean(), divisor: int(-3, 3) })
  .map(({ images, channels, window, divisor, ...rest }) => {
    const { size, kernel, stride, dilation, padding } = pooled(window);
    const attributes = { kernel, stride, dilation, padding, ...rest };
    const divided = divisor > 0 ? { ...attributes, divisor } : attributes;
    return named("averagePool2d", [{ shape: [images, channels, ...size] }], divided);
  });

export const adaptivePool2d = fc
  .record({ x: image(9, 11), kind: choice(["average", "max"] as const), size: pair(1, 13) })
  .map(({ x, ...attributes }) => named("adaptivePool2d", [{ shape: x }], attributes));

export const channelMaxPool = fc
  .record({ x: image(17, 5), part: int(1, 17) })
  .map(({ x, part }) =>
    named("channelMaxPool", [{ shape: x }], { outChannels: Math.min(part, x[1]) }),
  );

/** Some indices are outside of the plane, some are equal. */
export const maxUnpool2d = fc.record({ x: image(9, 5), size: pair(1, 7) }).map(({ x, size }) => {
  const most = size[0] * size[1] + 2;
  const indices: CaseInput = { shape: x, dtype: "int32", range: [-2, most] };
  return named("maxUnpool2d", [{ shape: x }, indices], { size });
});

export const globalAveragePool = image(9, 17).map((x) =>
  named("globalAveragePool", [{ shape: x }], {}),
);

const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "asymmetric",
  "align_corners",
  "tf_half_pixel_for_nn",
] as const;

export const resize = fc
  .record({
    x: image(6, 7),
    size: pair(1, 12),
    mode: choice(["nearest", "linear", "cubic"] as const),
    coordinates: choice(COORDINATES),
    rounding: choice(["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"] as const),
    antialias: fc.boolean(),
    excludeOutside: fc.boolean(),
    cubicCoefficient: choice([-0.75, -0.5]),
  })
  .map(({ x, ...attributes }) => named("resize", [{ shape: x }], attributes));

export const decodeYolo = fc
  .record({ images: int(1, 2), classes: int(1, 5), anchors: int(1, 3), size: pair(1, 5) })
  .map(({ images, classes, anchors, size }) => {
    const x = [images, anchors * (5 + classes), ...size];
    const attributes = {
      anchors: Array.from({ length: anchors }, (_, i) => [10 + 3 * i, 20 - i] as const),
      inputSize: [32 * size[0], 16 * size[1]] as const,
      scaleXY: 1.05,
    };
    return named("decodeYolo", [{ shape: x }], attributes);
  });
