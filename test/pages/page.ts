/** The demo page for tests: opens it, watches its console, and waits for what it shows. */
import { expect, test as base, type Locator, type Page } from "@playwright/test";

/** Fails a test whose page reported an error that nobody showed. */
export const test = base.extend<{ watched: undefined }>({
  watched: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      page.on("pageerror", (error) => errors.push(error.message));
      await use(undefined);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

export function results(page: Page): Locator {
  return page.getByRole("list", { name: "What was found" }).getByRole("listitem");
}

/** Opens the page and waits until it shows what the default model finds in the default photo. */
export async function openPage(page: Page): Promise<void> {
  await page.goto("./");
  await expect(results(page).first()).toBeVisible();
}

/** The objects of the list with their scores in percent. */
export async function found(page: Page): Promise<{ name: string; score: number }[]> {
  const items = await results(page).all();
  return Promise.all(
    items.map(async (item) => ({
      name: (await item.locator(".name").textContent()) ?? "",
      score: parseInt((await item.locator(".score").textContent()) ?? "", 10),
    })),
  );
}

/** A number on the page, NaN while there is none. */
export async function numberIn(page: Page, selector: string): Promise<number> {
  return Number(await page.locator(selector).textContent());
}
