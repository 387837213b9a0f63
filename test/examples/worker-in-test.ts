/** The example's worker, with what the test runner's server expects where it has rewritten imports. */
import "../../examples/worker/worker.js";

Object.assign(globalThis, {
  __vitest_browser_runner__: { wrapDynamicImport: (load: () => Promise<unknown>) => load() },
});
