/** Blocks and networks on a page of a Chromium of its own. */
import { chromium } from "playwright";
import type { Browser, Page } from "playwright";
import { chromiumLaunchOptions } from "../../scripts/chromium.js";
import { within } from "../../scripts/within.js";
import type { NetworksPage } from "./page.ts";
import type { Runner } from "./runner.ts";

type Driven = typeof globalThis & { readonly lightfuseNetworks: NetworksPage };

const START_LIMIT_MS = 60_000;

/**
 * Starts a Chromium and opens the page, which opens a device.
 * @param address of the page
 * @throws Error when Chromium does not start, or has no adapter
 */
export async function openChromium(address: string): Promise<Runner> {
  const browser = await chromium.launch({ ...chromiumLaunchOptions(), timeout: START_LIMIT_MS });
  try {
    const page = await browser.newPage();
    const broken = breakdown(browser, page);
    await page.goto(address, { timeout: START_LIMIT_MS });
    const name = `Chromium ${browser.version()}`;
    const asked = page.evaluate(() => (globalThis as Driven).lightfuseNetworks.adapter());
    const adapter = await within(Promise.race([asked, broken]), START_LIMIT_MS, name);
    return {
      name: `${name}, ${adapter}`,
      run: (id) => {
        const ran = page.evaluate((id) => (globalThis as Driven).lightfuseNetworks.run(id), id);
        return Promise.race([ran.catch(inPlainWords), broken]);
      },
      close: () => browser.close(),
    };
  } catch (error) {
    await within(browser.close(), START_LIMIT_MS, "closing").catch(() => undefined);
    throw error;
  }
}

/** Never resolves; rejects when the page can answer no more. */
function breakdown(browser: Browser, page: Page): Promise<never> {
  const broken = new Promise<never>((_, reject) => {
    page.on("crash", () => reject(new Error("the page crashed")));
    browser.on("disconnected", () => reject(new Error("Chromium ended")));
    page.on("pageerror", (error) => reject(new Error(`the page failed: ${error.message}`)));
  });
  // Who waits for the page hears of it; when nobody does, it is no error.
  broken.catch(() => undefined);
  return broken;
}

/** Without the driver's prefix and the stack of the page. */
function inPlainWords(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  throw new Error(text.replace(/^page\.evaluate: (\w*Error: )?/, "").replace(/\n\s+at [^]*$/, ""));
}
