/** Real models in Node: trusted outputs, photos through the preprocessing, detections. */
import { existsSync, readdirSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Pixels } from "../../src/gpu/image-source.ts";
import { load } from "../../src/model.ts";
import type { PreprocessName } from "../../src/formats/preprocess.ts";
import { describeRealData } from "../formats/real-data.ts";
import { expectNear } from "../gpu/compare.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { BOATS, expectBoats, loadCenterNet } from "./centernet.ts";
import { CLASSIFIERS, bestLabel, defineClassifierTests, seenModel } from "./classifiers.ts";
import { RealData } from "./data.ts";
import { DETECTORS } from "./detectors.ts";

/** The preset for the `norm` of a header in `top3.txt`. */
const PRESETS: Readonly<Record<string, PreprocessName>> = {
  bgrmean: "caffe",
  tf: "tf",
  raw: "raw",
};

async function readPixels(path: string): Promise<Pixels> {
  const { data, info } = await sharp(path)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

describeRealData("real models", (folder) => {
  const data = new RealData(folder);

  describe("classifiers", { tags: ["slow"] }, () => {
    defineClassifierTests(data);
  });

  describe.each(CLASSIFIERS)("$file", { tags: ["slow"] }, (classifier) => {
    test("sees in photos what was seen in them, where that was clear", async () => {
      const seen = await seenModel(data, classifier);
      const labels = await data.labels(seen.labels);
      const device = await testDevice();
      const { folder: at, file } = classifier;
      const model = await load(data.at(`models/${at}/${file}.onnx`), { device });
      const results: [string, string | undefined][] = [];
      for (const name of readdirSync(data.at("images"))) {
        const photo = seen.photos.get(name.replace(/\.\w+$/, ""));
        // sharp does not read BMP.
        if (!photo || photo.score < 0.5 || name.endsWith(".bmp")) continue;
        const pixels = await readPixels(data.at(`images/${name}`));
        const [output] = Object.values(await model.run(pixels, { preprocess: PRESETS[seen.norm] }));
        results.push([name, bestLabel(output, labels)]);
      }
      model.dispose();
      expect(results.length).toBeGreaterThan(1);
      const expected = results.map(([name]) => [
        name,
        seen.photos.get(name.replace(/\.\w+$/, ""))?.label,
      ]);
      expect(results).toEqual(expected);
    }, 180_000);
  });

  describe("CenterNet", { tags: ["slow"] }, () => {
    test("finds the boats in numbers, and in pixels", { timeout: 300_000 }, async () => {
      const model = await loadCenterNet();
      const pixels = await readPixels(data.at(BOATS));
      const rgb = Float32Array.from(pixels.data.filter((_, i) => i % 4 < 3));
      await expectBoats(data, model, rgb);
      await expectBoats(data, model, pixels);
      model.dispose();
    });
  });

  describe.each(DETECTORS)("$file", ({ folder: at, file, photo, outputs }) => {
    test("computes the trusted outputs", { timeout: 300_000, tags: ["slow"] }, async () => {
      const path = `models/${at}/${file}.onnx`;
      expect(existsSync(data.at(path))).toBe(true);
      const model = await load(data.at(path), { device: await testDevice() });
      const actual = await model.run(await data.npy(`models/${at}/ref/${photo}.input.npy`));
      model.dispose();
      for (const [name, reference] of Object.entries(outputs)) {
        const expected = await data.npy(`models/${at}/ref/${photo}.${reference}.npy`);
        expectNear({ [name]: actual[name] }, { [name]: expected }, 1e-3);
      }
    });
  });
});
