/** Bundles a page of tests that is written in TypeScript, and serves it to a browser. */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const PAGE =
  '<!doctype html><title>lightfuse</title><script type="module" src="/page.js"></script>';

/**
 * @param {string} entry from the root of the repository, as in `test/firefox/page.ts`
 * @returns {Promise<Map<string, string>>} code by address
 */
export async function bundlePage(entry) {
  const result = await build({
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    build: {
      write: false,
      minify: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: {
        input: fileURLToPath(new URL(`../${entry}`, import.meta.url)),
        output: { entryFileNames: "page.js" },
      },
    },
  });
  if (!("output" in result)) throw new Error("the build gave several bundles or a watcher");
  const chunks = result.output.filter((file) => file.type === "chunk");
  return new Map(chunks.map(({ fileName, code }) => [`/${fileName}`, code]));
}

/**
 * WebGPU needs a secure context: a page of localhost is one, a file is not.
 * @param {Map<string, string>} scripts code by address
 * @returns {Promise<{ address: string, close: () => void }>}
 */
export async function servePage(scripts) {
  const server = createServer(({ url = "/" }, response) => {
    const script = scripts.get(url);
    const found = script !== undefined || url === "/";
    const type = script === undefined ? "text/html" : "text/javascript";
    response.writeHead(found ? 200 : 404, { "content-type": type });
    response.end(script ?? (found ? PAGE : ""));
  });
  await new Promise((resolve) => server.listen(0, "localhost", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { address: `http://localhost:${port}/`, close: () => void server.close() };
}
