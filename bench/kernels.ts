/** `npm run bench:kernels`: GFLOP/s of each convolution of the networks, with tiles to compare. */
import { chromium } from "playwright";
import { chromiumLaunchOptions } from "../scripts/chromium.js";
import { useVulkan } from "../scripts/vulkan.js";
import { bundlePage } from "./bundle.ts";
import { type Layer, layersOf, type LayerTime, timeLayer, type TileNumbers } from "./layers.ts";
import { parseOptions } from "./options.ts";
import { serve } from "./server.ts";

const NETWORKS = ["mobilenet_v2", "mobilenet_v3_small"];
const KERNELS = ["pointwise", "depthwise", "direct", "linear"];
const ROUNDS = 5;

const KNOWN = { values: ["kernel", "tile", "networks", "rounds"], flags: ["browser", "json"] };

/** @throws Error for wrong options, and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  const kernels = options.list("kernel") ?? KERNELS;
  const unknown = kernels.find((name) => !KERNELS.includes(name));
  if (unknown) throw new Error(`kernel "${unknown}" is not known; known: ${KERNELS.join(", ")}`);
  const tiles = (options.list("tile") ?? []).map(parseTile);
  const networks = options.list("networks") ?? NETWORKS;
  const layers = layersOf(networks).filter(({ kernel }) => kernels.includes(kernel));
  layers.sort((a, b) => KERNELS.indexOf(a.kernel) - KERNELS.indexOf(b.kernel));
  const runner = await (options.has("browser") ? runnerInChromium() : runnerInNode());
  const results: Result[] = [];
  try {
    if (!options.has("json")) console.log(heading(tiles));
    for (const layer of layers) {
      const times = await runner.time(layer, [null, ...tiles], options.count("rounds", ROUNDS));
      results.push({ ...layer, times });
      if (!options.has("json")) console.log(lineOf(layer, times));
    }
  } finally {
    await runner.close();
  }
  if (options.has("json")) console.log(JSON.stringify(results, null, 2));
}

type Result = Layer & { readonly times: readonly (LayerTime | string)[] };

interface Runner {
  readonly time: typeof timeLayer;
  close(): Promise<void>;
}

function runnerInNode(): Promise<Runner> {
  if (useVulkan() === "none") throw new Error("no GPU and no software driver were found");
  return Promise.resolve({ time: timeLayer, close: () => Promise.resolve() });
}

async function runnerInChromium(): Promise<Runner> {
  const server = await serve({});
  server.files.set("/index.html", '<!doctype html><script type="module" src="layers.js"></script>');
  for (const [path, code] of await bundlePage("layers-page.ts", "layers", "/", { tiles: true })) {
    server.files.set(path, code);
  }
  const browser = await chromium.launch(chromiumLaunchOptions());
  const page = await browser.newPage();
  await page.goto(`${server.address}/index.html`);
  return {
    time: (...given) =>
      page.evaluate((inputs) => {
        return (globalThis as unknown as { timeLayer: typeof timeLayer }).timeLayer(...inputs);
      }, given),
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** `7x2x8` @throws Error when it is not three whole numbers */
function parseTile(text: string): TileNumbers {
  const numbers = text.split("x").map(Number);
  if (numbers.length === 3 && numbers.every((n) => Number.isInteger(n) && n > 0)) {
    return [numbers[0], numbers[1], numbers[2]];
  }
  throw new Error(
    `--tile ${text}: expected pixels x quads x workgroup (depthwise: rows x columns x workgroup), such as 7x2x8`,
  );
}

function heading(tiles: readonly TileNumbers[]): string {
  const columns = ["kernel", "layer", "uses", "chosen tile", "ms", "GF/s"];
  const all = [...columns, ...tiles.map((tile) => `${tile.join("x")} GF/s`)];
  const unit =
    "GF/s: on a software adapter in Node per second of CPU time, so of one core; else per second.";
  return `${unit}\n\n| ${all.join(" | ")} |\n|${" --- |".repeat(all.length)}`;
}

function lineOf({ title, uses, kernel }: Layer, times: readonly (LayerTime | string)[]): string {
  const speeds = times.map((time) => {
    return typeof time === "string" ? "fails" : ((2e-6 * time.macs) / time.ms).toFixed(2);
  });
  const [chosen] = times;
  const details =
    typeof chosen === "string"
      ? [kernel, title, uses, chosen, "-"]
      : [chosen.kernel, title, uses, chosen.tile?.join("x") ?? "-", chosen.ms.toFixed(2)];
  return `| ${[...details, ...speeds].join(" | ")} |`;
}
