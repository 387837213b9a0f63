/** Page tests: the built demo pages, in Chromium with WebGPU. */
import { defineConfig } from "@playwright/test";
import { chromiumLaunchOptions } from "./scripts/chromium.js";

// The workers read this file too, and inherit the port that the first process chose.
const port = (process.env.LIGHTFUSE_PAGES_PORT ??= String(20_000 + (process.pid % 20_000)));

export default defineConfig({
  testDir: "test/pages",
  testMatch: "*.spec.ts",
  outputDir: "test-results",
  timeout: 120_000,
  expect: { timeout: 60_000 },
  // The software adapter uses every core: two pages at once only make each other late.
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  use: {
    baseURL: `http://localhost:${port}/`,
    launchOptions: chromiumLaunchOptions(),
    screenshot: "only-on-failure",
  },
  projects: [{ name: "chromium", use: { browserName: "chromium" } }],
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview --mode demo --port ${port} --strictPort`,
    url: `http://localhost:${port}/`,
    reuseExistingServer: false,
  },
});
