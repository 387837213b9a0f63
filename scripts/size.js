/** Prints how many gzipped bytes a page downloads to load an ONNX model and run it. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { coreChunk } from "./core-chunk.js";
import { stripWgslComments } from "./strip-wgsl.js";

/** 60 KB */
const LIMIT = 60 * 1024;

const result = await build({
  configFile: false,
  publicDir: false,
  logLevel: "warn",
  plugins: [stripWgslComments()],
  build: {
    write: false,
    target: "es2022",
    rolldownOptions: {
      input: fileURLToPath(new URL("size-page.ts", import.meta.url)),
      output: coreChunk(),
    },
  },
});
if (!("output" in result)) throw new Error("size: the build gave several bundles or a watcher");

/** What the entry imports, and so the page downloads at once; other chunks wait until they are needed. */
const chunks = new Map(result.output.map((file) => [file.fileName, file]));
const needed = new Set(
  result.output
    .filter((file) => file.type === "chunk" && file.isEntry)
    .map((file) => file.fileName),
);
for (const name of needed) {
  const chunk = chunks.get(name);
  for (const imported of chunk?.type === "chunk" ? chunk.imports : []) needed.add(imported);
}

let total = 0;
for (const file of result.output) {
  const content = file.type === "chunk" ? file.code : file.source;
  const bytes = gzipSync(content, { level: 9 }).length;
  const isNeeded = needed.has(file.fileName);
  const when = isNeeded ? "" : ", not downloaded for ONNX";
  console.log(`${file.fileName}: ${content.length} bytes, ${bytes} gzipped${when}`);
  if (isNeeded) total += bytes;
}
console.log(`size: ${total} bytes gzipped, limit ${LIMIT}`);
process.exitCode = total < LIMIT ? 0 : 1;
