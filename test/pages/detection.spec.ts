/** The page finds objects in the photo it opens with, and in pictures that a person gives it. */
import { expect, type Page } from "@playwright/test";
import { plainPicture, textFile } from "./files.ts";
import { found, numberIn, openPage, results, test } from "./page.ts";

/** Percent: how far a score may be from that of the reference, which scaled the photo by other means. */
const TOLERANCE = 6;

/** Counts opaque pixels of the overlay in a rectangle, given in pixels of the photo of 1024 x 819. */
async function opaquePixels(page: Page, rectangle: [number, number, number, number]) {
  return page.locator("#overlay").evaluate((canvas: HTMLCanvasElement, [x, y, width, height]) => {
    const context = canvas.getContext("2d")!;
    const scale = canvas.width / 1024;
    const area = [x, y, width, height].map((side) => Math.ceil(side * scale));
    const { data } = context.getImageData(area[0], area[1], area[2], area[3]);
    return data.filter((value, index) => index % 4 === 3 && value > 200).length;
  }, rectangle);
}

test("the page shows the boats and the person of the photo that it opens with", async ({
  page,
}) => {
  await openPage(page);
  const objects = await found(page);
  const person = objects.find(({ name }) => name === "person");
  const boats = objects.filter(({ name }) => name === "boat");
  expect(Math.abs(person!.score - 47)).toBeLessThanOrEqual(TOLERANCE);
  expect(Math.abs(boats[0].score - 34)).toBeLessThanOrEqual(TOLERANCE);
  expect(boats.length).toBeGreaterThanOrEqual(3);
  await expect(page.locator("#status")).toContainText("× boat");

  // The right edge of the best boat's box lies at x = 734; there is nothing in the sky beside it.
  expect(await opaquePixels(page, [715, 300, 40, 8])).toBeGreaterThan(0);
  expect(await opaquePixels(page, [800, 60, 200, 60])).toBe(0);

  await page.getByLabel("Least score").fill("0.4");
  await expect(page.locator("#threshold-value")).toHaveText("40 %");
  expect((await found(page)).map(({ name }) => name)).toEqual(["person"]);
  expect(await opaquePixels(page, [715, 300, 40, 8])).toBe(0);
});

test("the page tells what ran, how fast, and how long each dispatch took", async ({ page }) => {
  await openPage(page);
  await expect.poll(() => numberIn(page, "#ms")).toBeGreaterThan(0);
  await expect(page.locator("#adapter")).not.toBeEmpty();
  const software = (await page.locator("#adapter").textContent())!.includes("software");
  await expect(page.locator("#software-note")).toBeVisible({ visible: software });

  const facts = page.locator("#facts div");
  await expect(facts).toHaveCount(8);
  for (const fact of await facts.all()) await expect(fact.locator("dd")).toHaveText(/^\d/);
  const rows = await page.locator("#dispatches tr").count();
  expect(rows).toBeGreaterThan(10);
  await expect(facts.filter({ hasText: "Dispatches" }).locator("dd")).toHaveText(String(rows));

  const repeat = page.getByRole("button", { name: "Repeat" });
  await repeat.click();
  await expect.poll(() => numberIn(page, "#fps")).toBeGreaterThan(0);
  await repeat.click();
  await expect(repeat).toHaveAttribute("aria-pressed", "false");

  await page.getByRole("button", { name: "Profile" }).click();
  await expect(page.getByRole("list", { name: "Time by kernel" })).toBeVisible();
  const times = await page.locator("#dispatches .time").allTextContents();
  expect(times).toHaveLength(rows);
  expect(times.filter((time) => time === "" || !(Number(time) >= 0))).toEqual([]);
});

test("a picture that a person picks, drops or pastes takes the place of the photo", async ({
  page,
}) => {
  await openPage(page);
  await page.getByLabel("Open picture").setInputFiles(await plainPicture("grey.png", "#808080"));
  await expect(page.locator("#summary")).toHaveText("nothing found");
  await expect(results(page)).toHaveCount(0);
  await expect(page.locator("#photo")).toHaveAttribute("alt", "grey.png");

  const { buffer } = await plainPicture("given.png", "#306090");
  for (const way of ["dropped", "pasted"]) {
    const name = `${way}.png`;
    await page.evaluate(
      ([base64, name, way]) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], name, { type: "image/png" }));
        const event =
          way === "pasted"
            ? new ClipboardEvent("paste", { bubbles: true, clipboardData: data })
            : new DragEvent("drop", { bubbles: true, dataTransfer: data });
        document.body.dispatchEvent(event);
      },
      [buffer.toString("base64"), name, way],
    );
    await expect(page.locator("#photo")).toHaveAttribute("alt", name);
    await expect(page.locator("#summary")).toHaveText("nothing found");
  }
});

test("a file that cannot be opened is named in the banner, and the photo stays", async ({
  page,
}) => {
  await openPage(page);
  const banner = page.getByRole("alert");
  const pick = page.getByLabel("Open picture");
  await pick.setInputFiles({ ...textFile("fake.png", "no picture"), mimeType: "image/png" });
  await expect(banner).toContainText("fake.png: this browser cannot decode it as a picture");
  await expect(results(page).first()).toBeVisible();
  await page.getByRole("button", { name: "Close this message" }).click();
  await expect(banner).toBeHidden();

  await pick.setInputFiles(textFile("notes.zip", "PK"));
  await expect(banner).toContainText(
    "notes.zip is neither a picture, an .onnx model nor a .txt list of labels.",
  );
  await expect(results(page).first()).toBeVisible();
});
