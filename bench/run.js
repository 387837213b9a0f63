/** Runs a benchmark written in TypeScript: `node bench/run.js <name> [options]`. */
import { runTypeScript } from "../scripts/run-typescript.js";
import { tileHook } from "./tile-hook.js";

const NAMES = ["compare", "device", "kernels", "scaling", "fusion", "compile", "shaders", "report"];

const [name = "", ...given] = process.argv.slice(2);
if (NAMES.includes(name)) await runTypeScript(`/bench/${name}.ts`, given, [tileHook()]);
else {
  console.error(`benchmark "${name}" is not known; known: ${NAMES.join(", ")}`);
  process.exitCode = 1;
}
