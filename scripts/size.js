/** Prints how many gzipped bytes a page downloads to load an ONNX model and run it. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const LIMIT = 60_000;

const result = await build({
  configFile: false,
  publicDir: false,
  logLevel: "warn",
  build: {
    write: false,
    target: "es2022",
    rolldownOptions: { input: fileURLToPath(new URL("size-page.ts", import.meta.url)) },
  },
});
if (!("output" in result)) throw new Error("size: the build gave several bundles or a watcher");

let total = 0;
for (const file of result.output) {
  const content = file.type === "chunk" ? file.code : file.source;
  const bytes = gzipSync(content, { level: 9 }).length;
  console.log(`${file.fileName}: ${content.length} bytes, ${bytes} gzipped`);
  total += bytes;
}
console.log(`size: ${total} bytes gzipped, limit ${LIMIT}`);
process.exitCode = total < LIMIT ? 0 : 1;
