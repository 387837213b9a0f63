/** Finds a full Chromium on this machine, and says with which options WebGPU works in it. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

/**
 * @typedef {object} Chromium
 * @property {string} executablePath
 * @property {"LIGHTFUSE_CHROMIUM" | "playwright" | "installed"} source
 */

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const MAC_APPLICATIONS = [
  "Google Chrome.app/Contents/MacOS/Google Chrome",
  "Chromium.app/Contents/MacOS/Chromium",
];

const WINDOWS_APPLICATIONS = [
  "Google\\Chrome\\Application\\chrome.exe",
  "Chromium\\Application\\chrome.exe",
  "Microsoft\\Edge\\Application\\msedge.exe",
];

/** What a person must do when no Chromium was found. */
export const NO_CHROMIUM =
  "No Chromium was found: install Google Chrome or Chromium, run `npx playwright install chromium`, " +
  "or set LIGHTFUSE_CHROMIUM to the path of its executable.";

/** @type {Chromium | undefined} */
let found;

/**
 * The Chromium to start: the one that LIGHTFUSE_CHROMIUM names, else Playwright's own (the full
 * browser; the headless shell has no WebGPU), else an installed Chrome or Chromium.
 * @returns {Chromium | undefined} undefined when there is none; a later call looks again.
 */
export function findChromium() {
  found ??= named() ?? playwrightChromium() ?? installed();
  return found;
}

/**
 * Options for `chromium.launch` of Playwright, with which a page finds a WebGPU adapter: the GPU of
 * the machine, or SwiftShader where there is none or LIGHTFUSE_SOFTWARE=1 asks for it.
 * @returns {{ executablePath: string, headless: true, args: string[] }}
 * @throws {Error} when there is no Chromium.
 */
export function chromiumLaunchOptions() {
  const chromium = findChromium();
  if (!chromium) throw new Error(NO_CHROMIUM);
  return { executablePath: chromium.executablePath, headless: true, args: chromiumArguments() };
}

/**
 * Folder of the libraries that come with a Chromium (SwiftShader, the Vulkan loader).
 * @param {string} executablePath
 * @returns {string}
 */
export function chromiumFolder(executablePath) {
  return dirname(realpathSync(executablePath));
}

/** @returns {string[]} */
function chromiumArguments() {
  const args = ["--enable-unsafe-webgpu"];
  if (!hasGpu()) args.push("--use-webgpu-adapter=swiftshader");
  else if (process.platform === "linux") {
    // Headless Chromium on Linux starts without Vulkan unless it is told to use it.
    args.push("--enable-features=Vulkan", "--use-angle=vulkan", "--disable-vulkan-surface");
  }
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return args;
}

/** @returns {boolean} Whether a GPU and, on Linux, a driver that Vulkan can find, are there. */
function hasGpu() {
  if (process.platform !== "linux") return process.env.LIGHTFUSE_SOFTWARE !== "1";
  return hasGpuDevice() && ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"].some(existsSync);
}

/**
 * Whether Linux has a GPU that may be used. Drivers alone do not say so: Mesa installs those of all
 * GPUs, and one for processors.
 * @returns {boolean}
 */
export function hasGpuDevice() {
  if (process.env.LIGHTFUSE_SOFTWARE === "1") return false;
  return ["/dev/dri/renderD128", "/dev/dri/renderD129", "/dev/nvidiactl"].some(existsSync);
}

/** @returns {Chromium | undefined} */
function named() {
  const path = process.env.LIGHTFUSE_CHROMIUM;
  if (!path) return undefined;
  if (!isExecutable(path)) throw new Error(`LIGHTFUSE_CHROMIUM: ${path} is not an executable file`);
  return { executablePath: path, source: "LIGHTFUSE_CHROMIUM" };
}

/** @returns {Chromium | undefined} */
function playwrightChromium() {
  try {
    /** @type {import("playwright")} */
    const playwright = createRequire(import.meta.url)("playwright");
    const path = playwright.chromium.executablePath();
    return starts(path) ? { executablePath: path, source: "playwright" } : undefined;
  } catch {
    return undefined; // Playwright is a development dependency: the published package runs without.
  }
}

/** @returns {Chromium | undefined} */
function installed() {
  const path = installedPlaces().find(starts);
  return path === undefined ? undefined : { executablePath: path, source: "installed" };
}

/** @returns {string[]} */
function installedPlaces() {
  const { env, platform } = process;
  if (platform === "win32") {
    const roots = [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA];
    return roots.flatMap((root) => (root ? WINDOWS_APPLICATIONS.map((a) => join(root, a)) : []));
  }
  const folders = (env.PATH ?? "").split(delimiter).filter(Boolean);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  if (platform !== "darwin") return places;
  const roots = ["/Applications", join(env.HOME ?? "", "Applications")];
  return [...roots.flatMap((root) => MAC_APPLICATIONS.map((a) => join(root, a))), ...places];
}

/**
 * A Chromium counts when it tells its version: Ubuntu's `chromium-browser` may be a script that
 * only says to install a snap, and a downloaded one may lack system libraries. On Windows asking
 * would open a window.
 * @param {string} path
 */
function starts(path) {
  if (!isExecutable(path)) return false;
  if (process.platform === "win32") return true;
  const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 20_000 });
  return status === 0 && /\d+\.\d+\.\d+/.test(stdout);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
