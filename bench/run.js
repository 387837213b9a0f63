/** Runs a benchmark written in TypeScript: `node bench/run.js compare|kernels|fusion [options]`. */
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { tileHook } from "./tile-hook.js";

const [name = "compare", ...given] = process.argv.slice(2);

const loader = await createServer({
  root: fileURLToPath(new URL("..", import.meta.url)),
  configFile: false,
  logLevel: "warn",
  appType: "custom",
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  plugins: [tileHook()],
});
try {
  const module = await loader.ssrLoadModule(`/bench/${name}.ts`);
  await /** @type {{ main(given: string[]): Promise<void> }} */ (module).main(given);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await loader.close();
}
