/** The engines that the benchmark compares, and the page of each. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundlePage } from "./bundle.ts";

export const ENGINE_IDS = ["lightfuse", "litert", "onnxruntime", "tfjs"] as const;
export type EngineId = (typeof ENGINE_IDS)[number];

export interface Engine {
  readonly id: EngineId;
  readonly title: string;
  readonly format: "onnx" | "tflite" | "tfjs";
  /** Whether the input lies as [N, H, W, C]. */
  readonly channelsLast: boolean;
  /** Packages whose versions are reported; the first is the engine's own. */
  readonly packages: readonly string[];
  /** Bare specifiers of its page, as paths of the server. */
  readonly imports?: Readonly<Record<string, string>>;
  /** Classic scripts before the page's module. */
  readonly scripts?: readonly string[];
}

const TFJS = "/peers/@tensorflow";

export const ENGINES: readonly Engine[] = [
  { id: "lightfuse", title: "lightfuse", format: "onnx", channelsLast: false, packages: [] },
  {
    id: "litert",
    title: "LiteRT.js",
    format: "tflite",
    channelsLast: true,
    packages: ["@litertjs/core"],
    imports: {
      "@litertjs/core": "/peers/@litertjs/core/dist/index.js",
      "@litertjs/wasm-utils": "/peers/@litertjs/wasm-utils/dist/index.js",
    },
  },
  {
    id: "onnxruntime",
    title: "ONNX Runtime Web",
    format: "onnx",
    channelsLast: false,
    packages: ["onnxruntime-web"],
    imports: {
      "onnxruntime-web/webgpu": "/peers/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs",
    },
  },
  {
    id: "tfjs",
    title: "TensorFlow.js",
    format: "tfjs",
    channelsLast: true,
    packages: ["@tensorflow/tfjs-core"],
    scripts: [
      `${TFJS}/tfjs-core/dist/tf-core.min.js`,
      `${TFJS}/tfjs-converter/dist/tf-converter.min.js`,
      `${TFJS}/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js`,
    ],
  },
];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The engine's own version. */
export function versionOf({ packages }: Engine): string {
  const [name] = packages;
  const file = name ? `peers/node_modules/${name}/package.json` : "../package.json";
  return (JSON.parse(readFileSync(here(file), "utf8")) as { version: string }).version;
}

/** The HTML of an engine's page; its module is `/engines/<id>.js`. */
export function pageOf({ id, imports = {}, scripts = [] }: Engine): string {
  const lines = scripts.map((path) => `<script src="${path}"></script>`);
  return [
    `<!doctype html><meta charset="utf-8" /><title>${id}</title><link rel="icon" href="data:," />`,
    `<script type="importmap">${JSON.stringify({ imports })}</script>`,
    ...lines,
    `<script type="module" src="/engines/${id}.js"></script>`,
  ].join("\n");
}

/** The scripts of the engine's page by path: of lightfuse bundled and minified, of a peer its module. */
export async function modulesOf({ id }: Engine): Promise<Map<string, string>> {
  if (id !== "lightfuse") {
    return new Map([[`/engines/${id}.js`, readFileSync(here(`peers/pages/${id}.js`), "utf8")]]);
  }
  return bundlePage("page.ts", id, "/engines/");
}
