/** Tests: `*.test.ts` run in Node, where Dawn is at hand; `*.browser.test.ts` run in Chromium. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunchOptions, findChromium } from "./scripts/chromium.js";
import { staticFolder } from "./scripts/static-files.ts";
import { vulkanEnvironment } from "./scripts/vulkan.js";

const DATA_ADDRESS = "/@data/";

const dataFolder = process.env.LIGHTFUSE_DATA ? resolve(process.env.LIGHTFUSE_DATA) : undefined;
if (dataFolder !== undefined && !existsSync(dataFolder)) {
  throw new Error(`LIGHTFUSE_DATA: there is no folder ${dataFolder}`);
}

/** The processes that run the Node tests inherit these; a running one could not take them over. */
Object.assign(process.env, vulkanEnvironment());

export default defineConfig({
  test: {
    tags: [
      { name: "quick", description: "browser tests that `npm run test:quick` runs too" },
      { name: "slow", description: "Node tests that `npm run test:quick` leaves out" },
    ],
    projects: [
      {
        // The examples import the package by its name.
        resolve: { alias: { lightfuse: resolve("src/index.ts") } },
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.browser.test.ts"],
          env: dataFolder === undefined ? {} : { LIGHTFUSE_DATA: dataFolder },
          pool: "forks",
          maxWorkers: "100%",
          // What the files import, the device and its pipelines are made once for each worker.
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        plugins: dataFolder === undefined ? [] : [staticFolder(DATA_ADDRESS, dataFolder)],
        resolve: { alias: { lightfuse: resolve("src/index.ts") } },
        // Found while tests run, a dependency would be bundled anew and the page loaded again.
        optimizeDeps: { include: ["pbf", "fast-check"] },
        test: {
          name: "browser",
          include: ["test/**/*.browser.test.ts"],
          env: dataFolder === undefined ? {} : { LIGHTFUSE_DATA: DATA_ADDRESS },
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            // Without a Chromium the Node tests must still run.
            provider: playwright({ launchOptions: findChromium() ? chromiumLaunchOptions() : {} }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
