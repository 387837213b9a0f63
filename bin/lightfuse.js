#!/usr/bin/env node
/** The command line; its code is built from cli/. */
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error("lightfuse: dist is missing; run `npm run build` first");
  process.exitCode = 1;
}
