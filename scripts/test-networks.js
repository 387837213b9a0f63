/** Runs all blocks and networks against their goldens: `npm run test:networks [-- <part of a name>...]`. */
import { runTypeScript } from "./run-typescript.js";

await runTypeScript("/test/networks/main.ts", process.argv.slice(2));
