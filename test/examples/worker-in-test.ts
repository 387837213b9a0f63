/** The example's worker, with what the test runner's server expects where it has rewritten imports. */
// First, so that its listener is called first.
import "./record-frames.ts";
import "../../examples/worker/worker.js";

Object.assign(globalThis, {
  __vitest_browser_runner__: { wrapDynamicImport: (load: () => Promise<unknown>) => load() },
});
