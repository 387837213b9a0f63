/** From an image to the input of a network, against plain loops. */
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/graph/tensor.ts";
import { preprocess } from "../../src/shaders/image/preprocess.ts";
import type { PreprocessSpec, Rectangle } from "../../src/shaders/image/preprocess.ts";
import { apply, floats } from "../reference/apply.ts";
import { Arena, check, DEVICES } from "./arena.ts";

interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

function testImage(width: number, height: number): Image {
  const data = Uint8Array.from(
    { length: width * height * 4 },
    (_, i) => (i * i * 31 + i * 7) % 256,
  );
  return { width, height, data };
}

/** Channel c of the image, 0..255, as rows. */
const channelOf = ({ width, height, data }: Image, c: number) =>
  Array.from({ length: height }, (_, i) =>
    Array.from({ length: width }, (_, j) => data[(i * width + j) * 4 + c]),
  );

const PLAIN = {
  fill: [0, 0, 0],
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channels: "rgb",
  mode: "bilinear",
  antialias: false,
} as const;

const whole = ({ width, height }: { width: number; height: number }): Rectangle => ({
  left: 0,
  top: 0,
  width,
  height,
});

/** One axis as Pillow resizes it: a triangle as wide as the step, normalised over the image. */
function resizeAxis(row: number[], start: number, length: number, outSize: number): number[] {
  const step = length / outSize;
  const support = Math.max(1, step);
  return Array.from({ length: outSize }, (_, i) => {
    const centre = start + (i + 0.5) * step;
    const weights = row.map((_, x) => Math.max(0, 1 - Math.abs(x + 0.5 - centre) / support));
    const total = weights.reduce((a, b) => a + b, 0);
    return row.reduce((sum, value, x) => sum + value * weights[x], 0) / total;
  });
}

const transposed = (rows: number[][]) => rows[0].map((_, j) => rows.map((row) => row[j]));

function resizeAntialiased(rows: number[][], source: Rectangle, height: number, width: number) {
  const across = rows.map((row) => resizeAxis(row, source.left, source.width, width));
  const columns = transposed(across);
  return transposed(columns.map((c) => resizeAxis(c, source.top, source.height, height)));
}

async function checkImage(
  image: Image,
  size: readonly [height: number, width: number],
  given: Partial<PreprocessSpec>,
  planes: readonly number[][],
  traits = {},
): Promise<void> {
  const [height, width] = size;
  const arena = new Arena();
  const y = arena.quads([1, planes.length, height, width]);
  const imageSize = { imageWidth: image.width, imageHeight: image.height };
  const rectangles = { source: whole(image), target: whole({ width, height }) };
  const spec: PreprocessSpec = { ...PLAIN, y, ...imageSize, ...rectangles, ...given };
  // With the unused lanes, which are 0.
  const zeros = new Array<number[]>(4 - planes.length).fill(
    new Array<number>(height * width).fill(0),
  );
  const output = floats([1, 4, height, width], [...planes, ...zeros].flat());
  const expected = [[{ ...y, channels: 4 }, output]] as const;
  await check({ kernel: preprocess, spec, arena, image, traits, expected, tolerance: 2e-5 });
}

describe.each(DEVICES)("on %s", (_, traits) => {
  test("an image of the right size is normalised pixel by pixel", async () => {
    const image = testImage(7, 5);
    const [mean, std] = [
      [10, 20, 30],
      [2, 3, 4],
    ];
    const planes = [0, 1, 2].map((c) =>
      channelOf(image, c)
        .flat()
        .map((v) => (v - mean[c]) / std[c]),
    );
    await checkImage(image, [5, 7], { scale: 255, mean, std }, planes, traits);
  });

  test.each([
    [13, 9],
    [3, 4],
    [1, 1],
    [5, 7],
  ])("bilinear to %ix%i equals resize with half-pixel centres", async (height, width) => {
    const image = testImage(7, 5);
    const attributes = {
      mode: "linear",
      size: [height, width],
      coordinates: "half_pixel",
    } as const;
    const planes = [0, 1, 2].map((c) => {
      const x = tensor([1, 1, 5, 7], Float32Array.from(channelOf(image, c).flat()));
      return [...apply("resize", [x], { ...attributes, rounding: "floor" }).data];
    });
    await checkImage(image, [height, width], { scale: 255 }, planes, traits);
  });

  test.each([
    [3, 2],
    [4, 30],
    [40, 30],
    [1, 1],
  ])("antialiased to %ix%i equals a triangle filter", async (height, width) => {
    const image = testImage(23, 17);
    const planes = [0, 1, 2].map((c) =>
      resizeAntialiased(channelOf(image, c), whole(image), height, width).flat(),
    );
    await checkImage(image, [height, width], { scale: 255, antialias: true }, planes, traits);
  });
});

test("a crop reads its surroundings, as a crop after resizing does", async () => {
  const image = testImage(23, 17);
  const source = { left: 3.5, top: 1, width: 12, height: 15.5 };
  const planes = [0, 1, 2].map((c) => resizeAntialiased(channelOf(image, c), source, 4, 5).flat());
  await checkImage(image, [4, 5], { scale: 255, antialias: true, source }, planes);
});

test("a letterbox is filled around the image", async () => {
  const image = testImage(4, 2);
  const target = { left: 1, top: 2, width: 4, height: 2 };
  const fill = [0.25, 0.5, 0.75];
  const planes = [0, 1, 2].map((c) => {
    const rows = channelOf(image, c);
    return Array.from({ length: 6 * 6 }, (_, p) => {
      const [i, j] = [Math.floor(p / 6) - 2, (p % 6) - 1];
      return rows[i]?.[j] ?? 255 * fill[c];
    });
  });
  await checkImage(image, [6, 6], { scale: 255, target, fill }, planes);
});

test("nearest takes the pixel under each centre", async () => {
  const image = testImage(7, 5);
  const planes = [0, 1, 2].map((c) => {
    const rows = channelOf(image, c);
    return Array.from({ length: 3 * 4 }, (_, p) => {
      const [i, j] = [Math.floor(p / 4), p % 4];
      return rows[Math.floor(((i + 0.5) * 5) / 3)][Math.floor(((j + 0.5) * 7) / 4)];
    });
  });
  await checkImage(image, [3, 4], { scale: 255, mode: "nearest" }, planes);
});

test("bgr swaps red and blue, and mean and std follow the order of y", async () => {
  const image = testImage(3, 2);
  const planes = [2, 1, 0].map((c, i) =>
    channelOf(image, c)
      .flat()
      .map((v) => v / 255 - i),
  );
  await checkImage(image, [2, 3], { channels: "bgr", mean: [0, 1, 2] }, planes);
});

test("gray is the luma in one channel, with zeros beside it", async () => {
  const image = testImage(3, 2);
  const [red, green, blue] = [0, 1, 2].map((c) => channelOf(image, c).flat());
  const luma = red.map((v, i) => 0.299 * v + 0.587 * green[i] + 0.114 * blue[i] - 128);
  await checkImage(image, [2, 3], { channels: "gray", scale: 255, mean: [128], std: [1] }, [luma]);
});

test("one mean and one std serve all channels", async () => {
  const image = testImage(2, 2);
  const planes = [0, 1, 2].map((c) =>
    channelOf(image, c)
      .flat()
      .map((v) => v / 127.5 - 1),
  );
  await checkImage(image, [2, 2], { mean: [0.5], std: [0.5] }, planes);
  expect(preprocess.bindings).toEqual(["params", "arena", "image"]);
});
