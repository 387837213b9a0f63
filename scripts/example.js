/** `npm run example [network] [size]`: the example of a fusion, in Node; without a GPU on SwiftShader. */
import { useVulkan } from "./vulkan.js";

if (useVulkan() === "none") throw new Error("no GPU and no software driver were found");
await import("../examples/define-fusion/node.js");
