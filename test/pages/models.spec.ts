/** The page runs other models than its own: files, and networks with formula weights. */
import { expect } from "@playwright/test";
import { brokenModel, colourClassifier, plainPicture, textFile } from "./files.ts";
import { found, numberIn, openPage, results, test } from "./page.ts";

test("a classifier from a file tells the colour of a picture, by the labels of a file", async ({
  page,
}) => {
  await openPage(page);
  await page.getByLabel("Open picture").setInputFiles(await plainPicture("red.png", "#ff0000"));
  await page.getByLabel("Open an .onnx model").setInputFiles(colourClassifier());
  await expect(results(page)).toHaveCount(3);
  await expect(results(page).first()).toContainText("class 0");

  const labels = textFile("colours.txt", "red\ngreen\nblue\n");
  await page.getByLabel("Open labels, one a line").setInputFiles(labels);
  await expect(results(page).first()).toContainText("red");
  // By the usual means of ImageNet the halves are 1.12, -1.02 and -0.90: softmax gives 80 %.
  expect((await found(page))[0]).toEqual({ name: "red", score: 80 });

  await page.getByLabel("Pixels become").selectOption("unit");
  // Now they are 0.5, 0 and 0.
  await expect(results(page).first()).toContainText("45 %");
});

test("a broken model is named in the banner, and the model before it still runs", async ({
  page,
}) => {
  await openPage(page);
  await page.getByLabel("Open an .onnx model").setInputFiles(brokenModel());
  const banner = page.getByRole("alert");
  await expect(banner).toContainText("broken.onnx could not be loaded");
  await expect(banner).toContainText(
    'onnx "broken.onnx": the file is truncated or not an ONNX model',
  );
  await expect(page.getByRole("combobox", { name: "Model" })).toHaveValue("default");

  await page.getByLabel("Open picture").setInputFiles(await plainPicture("grey.png", "#808080"));
  await expect(page.locator("#summary")).toHaveText("nothing found");
  await expect(banner).toBeHidden();
});

test("a network with formula weights is timed, says so, and gives way to the default model", async ({
  page,
}) => {
  await openPage(page);
  const model = page.getByRole("combobox", { name: "Model" });
  await model.selectOption({ label: "MobileNetV3-Small" });
  await expect(page.locator("#model-note")).toHaveText(
    "Formula weights: timing only. Input 1 × 3 × 224 × 224.",
  );
  await expect.poll(() => numberIn(page, "#ms")).toBeGreaterThan(0);
  await expect(results(page)).toHaveCount(0);
  await expect(page.locator("#summary")).toContainText("Formula weights: timing only");

  // Of models chosen in haste the last one runs.
  await model.selectOption({ label: "MobileNetV2" });
  await model.selectOption("default");
  await expect(results(page).filter({ hasText: "boat" }).first()).toBeVisible();
  await expect(page.locator("#model-note")).toContainText("Detection");
  await expect(page.getByRole("alert")).toBeHidden();
});
