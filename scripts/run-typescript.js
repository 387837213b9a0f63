/** Runs a program of this repository that is written in TypeScript and imports shaders. */
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

/**
 * Loads a module and calls its `main`; an error is printed and makes the process fail.
 * @param {string} path from the root of the repository, as in `/bench/compare.ts`
 * @param {readonly string[]} given arguments for `main`
 * @param {import("vite").Plugin[]} plugins
 */
export async function runTypeScript(path, given, plugins = []) {
  const loader = await createServer({
    root: fileURLToPath(new URL("..", import.meta.url)),
    configFile: false,
    logLevel: "warn",
    appType: "custom",
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, hmr: false, watch: null, ws: false },
    plugins,
  });
  try {
    const module = await loader.ssrLoadModule(path);
    await /** @type {{ main(given: readonly string[]): Promise<void> }} */ (module).main(given);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  } finally {
    await loader.close();
  }
}
