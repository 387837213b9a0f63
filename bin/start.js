#!/usr/bin/env node
/** `npm start`: the default model on the default photo, then the demo page; `--once` stops before it. */
import { argv } from "node:process";

argv.splice(2, 0, "demo");
await import("./lightfuse.js");
