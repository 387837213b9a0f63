/** Finds a Firefox with WebGPU on this machine, and says with which options its pages get an adapter. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { hasGpuDevice } from "./chromium.js";

const NAMES = ["firefox", "firefox-esr"];

const APPLICATIONS = [
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/** WebGPU came with 141. */
const OLDEST = 141;

/** Mesa's Vulkan driver for processors, with 16-bit floats. */
const LAVAPIPE = `/usr/share/vulkan/icd.d/lvp_icd.${process.arch === "arm64" ? "aarch64" : "x86_64"}.json`;

/** What a person must do when no Firefox was found. */
export const NO_FIREFOX =
  `No Firefox with WebGPU was found: install Firefox ${OLDEST} or later (and on Linux without a GPU ` +
  "mesa-vulkan-drivers), or set LIGHTFUSE_FIREFOX to the path of its executable.";

/**
 * The Firefox to start: the one that LIGHTFUSE_FIREFOX names, else an installed one.
 * @returns {string | undefined} path of its executable; undefined when Firefox, or a Vulkan driver
 *   for it, is missing.
 */
export function findFirefox() {
  if (process.platform === "linux" && !hasGpuDevice() && !existsSync(LAVAPIPE)) return undefined;
  if (process.env.LIGHTFUSE_FIREFOX) return process.env.LIGHTFUSE_FIREFOX;
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...places, ...APPLICATIONS].find((path) => existsSync(path) && isRecent(path));
}

/**
 * Options for `launch` of Puppeteer, with which a page on localhost finds a WebGPU adapter: the GPU
 * of the machine, or Mesa's driver for processors where there is none or LIGHTFUSE_SOFTWARE=1 asks.
 * @param {string} executablePath
 */
export function firefoxLaunchOptions(executablePath) {
  const software = process.platform === "linux" && !hasGpuDevice();
  return {
    browser: /** @type {const} */ ("firefox"),
    executablePath,
    headless: true,
    env: software ? { ...process.env, VK_ICD_FILENAMES: LAVAPIPE } : process.env,
    extraPrefsFirefox: {
      "dom.webgpu.enabled": true,
      "gfx.webgpu.ignore-blocklist": true,
    },
  };
}

/** @param {string} path */
function isRecent(path) {
  // On Windows asking would open a window.
  if (process.platform === "win32") return true;
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 20_000 });
  return Number(/(\d+)\.\d+/.exec(stdout ?? "")?.[1]) >= OLDEST;
}
