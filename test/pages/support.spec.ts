/** The page is usable without WebGPU, on a phone, and by keyboard. */
import { expect } from "@playwright/test";
import { openPage, test } from "./page.ts";

test("without WebGPU the page says what to do, and still shows the photo", async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
  });
  await page.goto("./");
  const banner = page.getByRole("alert");
  await expect(banner).toContainText("This browser has no WebGPU");
  await expect(banner).toContainText(
    "Open this page in Chrome or Edge 113, Safari 26 or Firefox 141, or later ones.",
  );
  await expect(page.getByRole("img", { name: "Boats in the harbour of Nagasaki" })).toBeVisible();
  await expect(page.locator("#loading")).toBeHidden();
});

test("the page fits phones of 390 and 320 pixels", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await openPage(page);
  await page.getByRole("button", { name: "Profile" }).click();
  await expect(page.getByRole("list", { name: "Time by kernel" })).toBeVisible();
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(scrollWidth).toBeLessThanOrEqual(width);
    const stage = (await page.locator("#stage").boundingBox())!;
    expect(stage.width).toBeLessThanOrEqual(width);
    expect(stage.width / stage.height).toBeCloseTo(1024 / 819, 1);
  }
});

test("where WebGPU has no adapter the page says so", async ({ page }) => {
  await page.addInitScript(() => {
    GPU.prototype.requestAdapter = () => Promise.resolve(null);
  });
  await page.goto("./");
  await expect(page.getByRole("alert")).toContainText(
    "The browser has WebGPU, but found no GPU that it may use.",
  );
});

test("every control can be reached by keyboard and has a name", async ({ page }) => {
  await openPage(page);
  const names: string[] = [];
  for (let presses = 0; presses < 14; presses++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const { activeElement } = document;
      if (!(activeElement instanceof HTMLElement)) return "";
      const { labels } = activeElement as HTMLInputElement;
      const text = activeElement.ariaLabel ?? labels?.[0]?.textContent ?? activeElement.innerText;
      return text.trim();
    });
    names.push(name);
  }
  for (const name of ["Open picture", "Camera", "Repeat", "Least score", "Model", "Profile"]) {
    expect(names).toContain(name);
  }
});
