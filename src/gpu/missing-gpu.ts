/** Where there is no `navigator.gpu`, or no adapter: Node's WebGPU, and what to tell people. */
import { DeviceError } from "../graph/errors.ts";

/** Pages and their workers have no `process`. */
function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}

/** Dawn crashes the process when this object is collected while one of its devices is in use. */
let nodeGpu: GPU | null = null;

/** Dawn. @throws DeviceError in a browser, and without the package `webgpu` */
export async function openNodeGpu(): Promise<GPU> {
  if (!isNode()) {
    throw new DeviceError(
      "WebGPU: navigator.gpu is missing. The page needs a browser with WebGPU (Chrome or Edge 113, " +
        "Safari 26, Firefox 141 or later) and a secure address (https or localhost)",
    );
  }
  // A variable, so that bundlers of pages leave the package for Node alone.
  const name = "webgpu";
  const module = (await import(/* @vite-ignore */ name).catch(() => {
    throw new DeviceError('WebGPU: Node needs the package "webgpu": npm install webgpu');
  })) as { create(options: string[]): GPU };
  nodeGpu ??= module.create([]);
  return nodeGpu;
}

export function noAdapter(): DeviceError {
  const advice = isNode()
    ? "Dawn found no Vulkan, Metal or D3D12 driver; VK_ICD_FILENAMES can name a Vulkan driver such as SwiftShader's vk_swiftshader_icd.json"
    : "navigator.gpu is present; on Linux Chromium needs --enable-unsafe-webgpu";
  return new DeviceError(`WebGPU: no adapter. ${advice}`);
}
