/** Preprocessing plans: what is read from an image and where it goes in the input. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { parseNpy } from "../../src/formats/npy.ts";
import {
  planPreprocess,
  PREPROCESS,
  unmapBox,
  type Preprocess,
  type PreprocessName,
} from "../../src/formats/preprocess.ts";
import { samplePixels } from "./sample-pixels.ts";

const square = (side: number) => ({ width: side, height: side });
const unit: Preprocess = { fit: "stretch", scale: 1, mean: [0], std: [1] };

describe("planPreprocess", () => {
  test("stretches the whole image over the whole input", () => {
    const plan = planPreprocess("unit", { width: 7, height: 5 }, { width: 3, height: 9 });
    expect(plan.source).toEqual({ left: 0, top: 0, width: 7, height: 5 });
    expect(plan.target).toEqual({ left: 0, top: 0, width: 3, height: 9 });
    expect([plan.imageWidth, plan.imageHeight]).toEqual([7, 5]);
  });

  test("crops seven eighths of the shorter side", () => {
    const { source, target } = planPreprocess("tf", { width: 512, height: 256 }, square(224));
    expect(source).toEqual({ left: 144, top: 16, width: 224, height: 224 });
    expect(target).toEqual({ left: 0, top: 0, width: 224, height: 224 });
  });

  test("puts the corner of a crop on a whole pixel of the scaled image", () => {
    // 451 x 300 is scaled to 385 x 256, whose middle begins at 80.5.
    const { source } = planPreprocess("imagenet", { width: 451, height: 300 }, square(224));
    expect(source.left).toBeCloseTo((80 * 451) / 385, 10);
    expect(source.width).toBeCloseTo((224 * 451) / 385, 10);
    expect(source.top).toBeCloseTo((16 * 300) / 256, 10);
  });

  test("crops an image that is smaller than the input, and one of one pixel", () => {
    const small = planPreprocess("raw", { width: 8, height: 16 }, square(14)).source;
    expect(small).toEqual({ left: 0.5, top: 4.5, width: 7, height: 7 });
    const dot = planPreprocess("raw", square(1), square(7)).source;
    expect(dot).toEqual({ left: 0, top: 0, width: 0.875, height: 0.875 });
  });

  test("crops to the aspect ratio of the input", () => {
    const crop: Preprocess = { ...unit, fit: "crop" };
    const { source } = planPreprocess(crop, square(100), { width: 50, height: 25 });
    expect(source).toEqual({ left: 0, top: 24, width: 100, height: 50 });
  });

  test("letterboxes into the top left corner for centernet", () => {
    const plan = planPreprocess("centernet", { width: 1024, height: 819 }, square(512));
    expect(plan.source).toEqual({ left: 0, top: 0, width: 1024, height: 819 });
    expect(plan.target).toEqual({ left: 0, top: 0, width: 512, height: 410 });
    expect(plan.fill).toEqual([0, 0, 0]);
  });

  test("letterboxes in the middle, with a fill colour of 0 to 1", () => {
    const boxed: Preprocess = { ...unit, fit: "letterbox", fill: [255, 51, 0] };
    const plan = planPreprocess(boxed, { width: 100, height: 50 }, square(25));
    expect(plan.target).toEqual({ left: 0, top: 6, width: 25, height: 13 });
    expect(plan.fill).toEqual([1, 0.2, 0]);
  });

  test("keeps at least one pixel of a very long image", () => {
    const { target } = planPreprocess("centernet", { width: 5000, height: 1 }, square(512));
    expect(target).toEqual({ left: 0, top: 0, width: 512, height: 1 });
  });

  test("averages when it shrinks, unless it is told not to", () => {
    expect(planPreprocess("unit", square(2), square(2)).antialias).toBe(true);
    const plain = planPreprocess({ ...unit, antialias: false }, square(2), square(2));
    expect(plain.antialias).toBe(false);
  });

  test.each([
    ["imagenet", 1, (1 - 0.485) / 0.229],
    ["tf", 1, 1],
    ["tf", 0, -1],
    ["raw", 1, 255],
    ["unit", 1, 1],
    ["caffe", 0, -104],
    ["centernet", 1, 255],
  ] as const)("normalises the first channel as %s: %d becomes %d", (name, value, expected) => {
    const { scale, mean, std } = planPreprocess(name, square(2), square(2));
    expect((value * scale - mean[0]) / std[0]).toBeCloseTo(expected, 10);
  });

  test("turns the channels round for caffe alone", () => {
    const reversed = Object.keys(PREPROCESS).filter(
      (name) => planPreprocess(name as PreprocessName, square(2), square(2)).channels === "bgr",
    );
    expect(reversed).toEqual(["caffe"]);
  });

  test("says which preparations there are", () => {
    expect(() => planPreprocess("imagnet" as PreprocessName, square(2), square(2))).toThrow(
      'preprocess "imagnet" is not known, expected one of imagenet, tf, raw, unit, caffe, centernet',
    );
  });

  test("does not take a preparation from the prototype of objects", () => {
    const name = "constructor" as PreprocessName;
    expect(() => planPreprocess(name, square(2), square(2))).toThrow(
      'preprocess "constructor" is not known',
    );
  });

  test.each([
    [{ ...unit, mean: [0, 0] }, square(2), "preprocess: mean has 2 numbers, expected 1 or 3"],
    [{ ...unit, std: [] }, square(2), "preprocess: std has 0 numbers, expected 1 or 3"],
    [unit, { width: 0, height: 3 }, "preprocess: the image has 0 x 3 pixels"],
    [
      { ...unit, fit: "crop", cropFraction: 1.5 },
      square(2),
      "preprocess: cropFraction 1.5 is not valid, expected more than 0, at most 1",
    ],
  ] as const)("refuses what makes no sense: %#", (preprocess, image, message) => {
    expect(() => planPreprocess(preprocess, image, square(2))).toThrow(message);
  });
});

describe("unmapBox", () => {
  test("maps a letterboxed box back to the image", () => {
    const plan = planPreprocess("centernet", { width: 1024, height: 819 }, square(512));
    expect(unmapBox([0, 0, 512, 410], plan)).toEqual([0, 0, 1024, 819]);
    expect(unmapBox([256, 205, 512, 410], plan)).toEqual([512, 409.5, 1024, 819]);
  });

  test("maps a cropped box back to the image", () => {
    const plan = planPreprocess("tf", { width: 512, height: 256 }, square(224));
    expect(unmapBox([0, 0, 224, 112], plan)).toEqual([144, 16, 368, 128]);
  });
});

/**
 * Inputs that the trusted engine was given, and how far they may be off: it cut values off to whole
 * levels of 0 to 255, and its "tf" was (x - 128) / 128.
 */
const TRUSTED = [
  ["mobilenet_v2", "mobilenet_v2_1.0_224_dequant_fp32", "tf", 1 / 128 + 1 / 127.5],
  ["mobilenet_v1", "mobilenet_v1_0.5_160_dequant_fp32", "tf", 1 / 128 + 1 / 127.5],
  ["mobilenet_v3_small", "mobilenet_v3_small_1.0_224_dequant_fp32", "raw", 1],
  ["squeezenet_v1.1", "squeezenet_v1.1_fp32", "caffe", 1],
] as const;

const data = process.env.LIGHTFUSE_DATA;
if (data !== undefined) {
  describe.each(TRUSTED)("on photos for %s", (folder, model, preprocess, tolerance) => {
    test.each(["skimage_chelsea.png", "coral_parrot.jpg"])(
      "%s gives the trusted input",
      async (file) => {
        const name = `${model}.${file.replace(/\.\w+$/, "")}.input.npy`;
        const expected = parseNpy(readFileSync(join(data, "models", folder, "ref", name)), name);
        const [, , height, width] = expected.shape;
        const image = sharp(join(data, "images", file))
          .removeAlpha()
          .raw();
        const { data: pixels, info } = await image.toBuffer({ resolveWithObject: true });
        const plan = planPreprocess(preprocess, info, { width, height });
        const actual = samplePixels(pixels, plan, { width, height });
        const worst = actual.reduce(
          (max, x, i) => Math.max(max, Math.abs(x - expected.data[i])),
          0,
        );
        expect(worst).toBeLessThan(tolerance);
      },
    );
  });
}
