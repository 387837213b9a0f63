/** Does a job on the GPU: in Node on Dawn, or in headless Chromium. */
import * as lightfuse from "../src/index.ts";
import { useVulkan } from "../scripts/vulkan.js";
import type { Arguments, OptionSpec } from "./arguments.ts";
import { executeInChromium } from "./browser.ts";
import { Failure } from "./failure.ts";
import { executeJob, type Job, type JobResult } from "./job.ts";
import { note } from "./print.ts";

const ON_THE_PROCESSOR = "SwiftShader runs this on the processor";

export const BROWSER: OptionSpec = {
  name: "browser",
  help: "run in headless Chromium, not in Node",
};

/**
 * @throws Failure when there is neither a GPU nor a software driver
 * @throws what `executeJob` throws
 */
export async function execute(job: Job, given: Arguments): Promise<JobResult> {
  if (!given.has(BROWSER.name)) {
    useDriver();
    return executeJob(lightfuse, job);
  }
  const result = await executeInChromium(job);
  if (result.adapter.software) note(`Chromium found no GPU; ${ON_THE_PROCESSOR}`);
  return result;
}

/** Dawn itself would only say that it cannot load Vulkan. */
export function useDriver(): void {
  const driver = useVulkan();
  if (driver === "none") {
    throw new Failure(
      "no GPU and no software driver were found: install a Vulkan driver, or Google Chrome or " +
        "Chromium, whose SwiftShader runs on the processor",
    );
  }
  if (driver === "swiftshader") note(`no GPU driver was found; ${ON_THE_PROCESSOR}`);
}

/** `SwiftShader driver 5.0.0 (google swiftshader, software)` */
export function formatAdapter(adapter: lightfuse.AdapterDescription): string {
  const { vendor, architecture, description, software } = adapter;
  const named = [vendor, architecture].filter(Boolean).join(" ");
  const details = [description ? named : "", software ? "software" : ""].filter(Boolean).join(", ");
  const title = description || named || "unnamed adapter";
  return details ? `${title} (${details})` : title;
}
