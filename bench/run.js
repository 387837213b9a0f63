/** Runs a benchmark written in TypeScript: `node bench/run.js compare|kernels|fusion [options]`. */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const [name = "compare", ...given] = process.argv.slice(2);

try {
  /** @type {{ module: { main(given: string[]): Promise<void> } }} */
  const { module } = await runnerImport(`${root}bench/${name}.ts`, {
    root,
    configFile: false,
    logLevel: "warn",
  });
  await module.main(given);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
