/** The example of a model in a worker, in Chromium: its answers are those of a model of the page. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ModelWorker } from "../../examples/worker/client.js";
import { topClasses } from "../../src/classes.ts";
import type { Model } from "../../src/loaded-model.ts";
import { createModel } from "../../src/model.ts";

const NETWORK = "squeezenet1_1";
const OPTIONS = { inputSize: [64, 64] } as const;
const LIMIT_MS = 120_000;

let model: Model;
let worker: Worker;
let client: ModelWorker;

/** A picture of two colours. */
function paint(canvas: OffscreenCanvas, colour: string): OffscreenCanvas {
  const context = canvas.getContext("2d")!;
  context.fillStyle = "wheat";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = colour;
  context.fillRect(20, 10, 30, 40);
  return canvas;
}

const picture = (colour: string): ImageBitmap =>
  paint(new OffscreenCanvas(80, 60), colour).transferToImageBitmap();

async function expected(colour: string): Promise<ReturnType<typeof topClasses>> {
  const outputs = await model.run(picture(colour), { preprocess: "imagenet" });
  return topClasses(Object.values(outputs)[0], 3);
}

beforeAll(async () => {
  model = await createModel(NETWORK, "synthetic", OPTIONS);
  const address = new URL("./worker-in-test.ts", import.meta.url);
  worker = new Worker(address, { type: "module" });
  client = new ModelWorker(worker);
}, LIMIT_MS);

afterAll(() => {
  model.dispose();
  worker.terminate();
});

describe("a model in a worker", () => {
  test("says what is missing before it is loaded", async () => {
    await expect(client.call("run")).rejects.toThrow("load a model first, and send a picture");
  });

  test("takes bitmaps, several at once, and a canvas", { timeout: LIMIT_MS }, async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 80;
    canvas.height = 60;
    const handed = canvas.transferControlToOffscreen();
    const message = { network: NETWORK, weights: "synthetic", options: OPTIONS, canvas: handed };
    const { inputs, statistics } = await client.call("load", message, [handed]);
    expect(inputs).toEqual([{ name: "input", shape: [1, 3, 64, 64], dtype: "float32" }]);
    expect(statistics.dispatches).toBe(model.statistics.dispatches);

    const pictures = [picture("teal"), picture("navy"), picture("crimson")];
    const answers = pictures.map((given) =>
      client.call("run", { picture: given, preprocess: "imagenet" }, [given]),
    );
    const found = await Promise.all(answers);
    // Handed over, they are empty here.
    expect(pictures.map(({ width }) => width)).toEqual([0, 0, 0]);
    for (const [i, colour] of ["teal", "navy", "crimson"].entries()) {
      const wanted = await expected(colour);
      expect(found[i][0].score).toBeCloseTo(wanted[0].score, 1);
    }
    expect(found[0]).toEqual(await expected("teal"));

    // Without a picture the canvas is read, on which the worker drew the last one.
    const drawn = await client.call("run", { preprocess: "imagenet" });
    expect(drawn[0].score).toBeCloseTo((await expected("crimson"))[0].score, 1);
    await client.call("dispose");
  });
});
