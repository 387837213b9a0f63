/** The page that `lightfuse explain --html` writes, opened from the disk by mouse and by keyboard. */
import { execFileSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "@playwright/test";

const BIN = fileURLToPath(new URL("../../bin/lightfuse.js", import.meta.url));

test("a dispatch opens with its WGSL, in light and dark, and nothing is fetched", async ({
  page,
}, info) => {
  const file = info.outputPath("plan.html");
  execFileSync(process.execPath, [BIN, "explain", "squeezenet1_1", "--html", file]);
  const fetched: string[] = [];
  const errors: Error[] = [];
  page.on("request", (request) => fetched.push(request.url()));
  page.on("pageerror", (error) => errors.push(error));
  const address = pathToFileURL(file).href;
  await page.goto(address);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await background()).not.toBe(light);

  const dialog = page.getByRole("dialog");
  await page.locator("[data-dispatch='2']").focus();
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("heading")).toHaveText("#2 conv/pointwise");
  await expect(dialog.locator("pre")).toContainText("fn main(");
  await dialog.getByRole("button", { name: "Next" }).click();
  await expect(dialog.getByRole("heading")).toHaveText(/^#3 /);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await page.locator("svg.graph a").first().click();
  await expect(dialog.getByRole("heading")).toHaveText(/^#0 /);

  expect(errors).toEqual([]);
  expect(fetched).toEqual([address]);
});
