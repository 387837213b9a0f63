/** Real models in Chromium: trusted outputs and detections. */
import { test } from "vitest";
import { readBytes } from "../../src/formats/fetch.ts";
import { describeRealData } from "../formats/real-data.ts";
import { BOATS, expectBoats, loadCenterNet } from "./centernet.ts";
import { defineClassifierTests } from "./classifiers.ts";
import { RealData } from "./data.ts";

describeRealData("real models", (folder) => {
  const data = new RealData(folder);

  defineClassifierTests(data);

  test("CenterNet finds the boats in an image", { timeout: 300_000 }, async () => {
    const model = await loadCenterNet();
    const bytes = (await readBytes(data.at(BOATS))) as Uint8Array<ArrayBuffer>;
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    await expectBoats(data, model, image);
    model.dispose();
  });
});
