/**
 * Makes sure that there is a Chromium for the browser tests (`node scripts/setup.js`), or a Vulkan
 * driver for Node (`--vulkan`): takes what is there, else installs it, else says what to do.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { findChromium, NO_CHROMIUM } from "./chromium.js";
import { findFirefox, NO_FIREFOX } from "./firefox.js";
import { vulkanGap } from "./vulkan.js";

export { chromiumLaunchOptions, findChromium } from "./chromium.js";
export { vulkanEnvironment } from "./vulkan.js";

const NO_VULKAN =
  "WebGPU in Node needs a Vulkan driver: install one for your GPU, or Google Chrome or Chromium " +
  "(their SwiftShader runs on the processor).";

/**
 * A Chromium that can be started: found, downloaded by Playwright, or installed by apt-get.
 * @returns {import("./chromium.js").Chromium}
 * @throws {Error} with one sentence that says what to do, when all three fail.
 */
export function ensureChromium() {
  const chromium = findChromium() ?? download() ?? installChromium();
  if (!chromium) throw new Error(NO_CHROMIUM);
  return chromium;
}

/**
 * A Firefox that can be started, with a Vulkan driver for it: found, or installed by apt-get.
 * @returns {string} path of its executable
 * @throws {Error} with one sentence that says what to do, when there is none.
 */
export function ensureFirefox() {
  if (!findFirefox()) install("firefox-esr", "mesa-vulkan-drivers");
  const firefox = findFirefox();
  if (!firefox) throw new Error(NO_FIREFOX);
  return firefox;
}

/**
 * A Vulkan driver for Dawn in Node; on a machine without one, a Chromium brings SwiftShader.
 * @throws {Error} with one sentence that says what to do, when there is none.
 */
export function ensureVulkan() {
  const lacks = () => {
    const gap = vulkanGap();
    return (gap.driver || gap.loader) && gap.folder === undefined;
  };
  if (!lacks()) return;
  // A Chromium without the libraries that Dawn needs (a snap) does not end the search.
  if (!download() || lacks()) installChromium();
  if (lacks()) throw new Error(NO_VULKAN);
}

function download() {
  console.log("setup: asking Playwright for its Chromium");
  const playwright = ["node_modules/playwright/cli.js", "install", "chromium"];
  run(process.execPath, playwright, 300_000);
  return findChromium();
}

function installChromium() {
  install("chromium");
  return findChromium();
}

/** Installs packages where that can be done without a question: as root of a Debian. @param {string[]} packages */
function install(...packages) {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return;
  console.log(`setup: installing Debian's ${packages.join(" and ")}`);
  process.env.DEBIAN_FRONTEND = "noninteractive";
  run("apt-get", ["update"], 300_000);
  run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], 900_000);
}

/**
 * Whether it worked is seen by what is there afterwards; the reason of a failure is shown.
 * @param {string} command
 * @param {string[]} args
 * @param {number} timeout milliseconds
 */
function run(command, args, timeout) {
  const cwd = new URL("..", import.meta.url);
  const result = spawnSync(command, args, { cwd, timeout, encoding: "utf8" });
  if (result.status === 0) return;
  const lines = (result.stderr || result.stdout || String(result.error)).trim().split("\n");
  const reason = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
  console.log(`setup: ${command} failed: ${reason}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    if (process.argv.includes("--vulkan")) ensureVulkan();
    else {
      const { executablePath, source } = ensureChromium();
      console.log(`setup: ${executablePath} (${source})`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
