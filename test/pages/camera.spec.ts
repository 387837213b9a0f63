/** The page runs what the camera sees; Chromium's fake camera shows a moving disc on green. */
import { expect } from "@playwright/test";
import { chromiumLaunchOptions } from "../../scripts/chromium.js";
import { numberIn, openPage, results, test } from "./page.ts";

const { args, ...options } = chromiumLaunchOptions();
const FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

test.use({ launchOptions: { ...options, args: [...args, ...FAKE_CAMERA] } });

test("the camera runs live until it is stopped, and the photo comes back", async ({ page }) => {
  await openPage(page);
  await page.getByRole("button", { name: "Camera", exact: true }).click();
  const stop = page.getByRole("button", { name: "Stop camera" });
  await expect(stop).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator("#video")).toBeVisible();
  await expect(page.locator("#photo")).toBeHidden();
  await expect.poll(() => numberIn(page, "#fps")).toBeGreaterThan(0);

  await stop.click();
  await expect(page.locator("#video")).toBeHidden();
  await expect(results(page).filter({ hasText: "boat" }).first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Camera", exact: true })).toBeVisible();
});

test("a picture that is opened takes the camera's place", async ({ page }) => {
  await openPage(page);
  await page.getByRole("button", { name: "Camera", exact: true }).click();
  await expect.poll(() => numberIn(page, "#fps")).toBeGreaterThan(0);
  const photo = await page.request.get("photos/boats.jpg");
  await page.getByLabel("Open picture").setInputFiles({
    name: "again.jpg",
    mimeType: "image/jpeg",
    buffer: await photo.body(),
  });
  await expect(page.locator("#video")).toBeHidden();
  await expect(results(page).filter({ hasText: "boat" }).first()).toBeVisible();
});

test("a refused camera is explained in the banner", async ({ page }) => {
  await page.addInitScript(() => {
    MediaDevices.prototype.getUserMedia = () =>
      Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
  });
  await openPage(page);
  await page.getByRole("button", { name: "Camera", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText(
    "Allow this page to use the camera, in the browser's site settings.",
  );
  await expect(page.locator("#photo")).toBeVisible();
});
