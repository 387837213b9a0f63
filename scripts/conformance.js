/** Runs the ONNX project's node tests: `npm run conformance [-- --only <pattern>] [--json <file>]`. */
import { runTypeScript } from "./run-typescript.js";

await runTypeScript("/test/conformance/main.ts", process.argv.slice(2));
