/** Starts the fuzzer's process: `node start.js <seed> <first case> <cases> <runs on the GPU>`. */
import { runTypeScript } from "../../../scripts/run-typescript.js";

await runTypeScript("/test/formats/fuzz/child.ts", process.argv.slice(2));
process.exit();
