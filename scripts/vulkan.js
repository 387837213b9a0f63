/** Gives Dawn in Node a Vulkan driver: the machine's own, else the SwiftShader of a Chromium. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromiumFolder, findChromium, hasGpuDevice } from "./chromium.js";

/** Where Chromium's libraries usually lie; looked at first, because asking Playwright is slow. */
const CHROMIUM_FOLDERS = [
  "/usr/lib/chromium",
  "/usr/lib/chromium-browser",
  "/usr/lib64/chromium-browser",
  "/opt/google/chrome",
];

const LOADER = "libvulkan.so.1";
const SWIFTSHADER = "vk_swiftshader_icd.json";

/** RTLD_NOW | RTLD_NODELETE of glibc: Node closes a library that is no add-on, this keeps it. */
const KEEP_LOADED = 0x2 | 0x1000;

/**
 * What this machine lacks for Vulkan, and the Chromium folder that has it.
 * @typedef {object} VulkanGap
 * @property {boolean} driver no GPU with a driver is there (or LIGHTFUSE_SOFTWARE=1)
 * @property {boolean} loader no Vulkan loader is installed
 * @property {string | undefined} folder a folder with SwiftShader and a loader
 */

/**
 * The environment variables with which a new Node process finds a Vulkan driver. Empty where the
 * system has its own, or is not Linux (Dawn then uses Metal or Direct3D).
 * @returns {Record<string, string>}
 */
export function vulkanEnvironment() {
  const { driver, loader, folder } = vulkanGap();
  if (folder === undefined) return {};
  /** @type {Record<string, string>} */
  const environment = {};
  if (driver) Object.assign(environment, swiftShader(folder));
  if (loader) {
    const before = process.env.LD_LIBRARY_PATH;
    environment.LD_LIBRARY_PATH = before ? `${folder}${delimiter}${before}` : folder;
  }
  return environment;
}

/**
 * Does for this process what `vulkanEnvironment` does for a new one. Call it before Dawn is asked
 * for an adapter.
 * @returns {"system" | "swiftshader" | "none"} whose driver Dawn will find.
 */
export function useVulkan() {
  const { driver, loader, folder } = vulkanGap();
  if (!driver && !loader) return "system";
  if (folder === undefined) return "none";
  if (driver) Object.assign(process.env, swiftShader(folder));
  if (loader) {
    try {
      // A changed LD_LIBRARY_PATH is not read again; a library in memory is found by its name.
      process.dlopen({ exports: {} }, join(folder, LOADER), KEEP_LOADED);
    } catch {
      // Node always throws: the library is loaded, but it is no add-on.
    }
  }
  return driver ? "swiftshader" : "system";
}

/** @param {string} folder */
function swiftShader(folder) {
  // Mesa's layer that chooses between devices has nothing to choose, and complains without a desktop.
  return { VK_ICD_FILENAMES: join(folder, SWIFTSHADER), NODEVICE_SELECT: "1" };
}

/** @returns {VulkanGap} */
export function vulkanGap() {
  if (process.platform !== "linux") return { driver: false, loader: false, folder: undefined };
  const driver = !hasDriver();
  const loader = !libraryFolders().some((folder) => existsSync(join(folder, LOADER)));
  const folder = driver || loader ? softwareFolder() : undefined;
  // Mesa's driver for processors serves where there is no SwiftShader.
  const mesa = process.env.LIGHTFUSE_SOFTWARE !== "1" && hasManifests();
  return { driver: driver && (folder !== undefined || !mesa), loader, folder };
}

/** @returns {string | undefined} */
function softwareFolder() {
  const complete = (/** @type {string} */ folder) =>
    [SWIFTSHADER, LOADER].every((file) => existsSync(join(folder, file)));
  const usual = CHROMIUM_FOLDERS.find(complete);
  if (usual !== undefined) return usual;
  const chromium = findChromium();
  const folder = chromium && chromiumFolder(chromium.executablePath);
  return folder !== undefined && complete(folder) ? folder : undefined;
}

/** @returns {boolean} */
function hasDriver() {
  const { env } = process;
  if (env.VK_ICD_FILENAMES ?? env.VK_DRIVER_FILES) return true;
  return hasGpuDevice() && hasManifests();
}

/** @returns {boolean} */
function hasManifests() {
  const { env } = process;
  const roots = ["/etc", "/usr/local/etc", "/usr/local/share", "/usr/share"];
  if (env.HOME) roots.push(join(env.HOME, ".local/share"));
  return roots.some((root) => hasManifest(join(root, "vulkan/icd.d")));
}

/** @param {string} folder */
function hasManifest(folder) {
  return existsSync(folder) && readdirSync(folder).some((file) => file.endsWith(".json"));
}

/** @returns {string[]} */
function libraryFolders() {
  const triple = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  const set = (process.env.LD_LIBRARY_PATH ?? "").split(delimiter).filter(Boolean);
  const roots = ["/lib", "/usr/lib", "/usr/local/lib"];
  return [...set, ...roots.flatMap((root) => [join(root, triple), `${root}64`, root])];
}
