/** Bundles and minifies a page's script, as a user's build would. */
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { tileHook } from "./tile-hook.js";

/**
 * @param entry file in this folder
 * @param name of the script, without its ending
 * @param base path of the server below which the scripts are, with slashes around it
 * @returns code by path of the server
 */
export async function bundlePage(
  entry: string,
  name: string,
  base: string,
  { tiles = false } = {},
): Promise<Map<string, string>> {
  const result = await build({
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    base,
    plugins: tiles ? [tileHook()] : [],
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: {
        input: fileURLToPath(new URL(entry, import.meta.url)),
        output: { entryFileNames: `${name}.js`, chunkFileNames: "[name]-[hash].js" },
      },
    },
  });
  if (!("output" in result)) throw new Error("the build gave several bundles or a watcher");
  const chunks = result.output.filter((file) => file.type === "chunk");
  return new Map(chunks.map(({ fileName, code }) => [base + fileName, code]));
}
