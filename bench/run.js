/** Runs a benchmark written in TypeScript: `node bench/run.js compare|kernels|fusion [options]`. */
import { runTypeScript } from "../scripts/run-typescript.js";
import { tileHook } from "./tile-hook.js";

const [name = "compare", ...given] = process.argv.slice(2);
await runTypeScript(`/bench/${name}.ts`, given, [tileHook()]);
