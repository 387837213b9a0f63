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

/** The page's answer for the same pixels, as numbers. */
async function expectedOfPixels(canvas: OffscreenCanvas): Promise<ReturnType<typeof topClasses>> {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d")!.getImageData(0, 0, width, height);
  const outputs = await model.run(pixels, { preprocess: "imagenet" });
  return topClasses(Object.values(outputs)[0], 3);
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
  const openFrames = (): Promise<boolean[]> => client.call("frames") as Promise<boolean[]>;

  test("says what is missing before it is loaded, and closes what was sent", async () => {
    const missing = "load a model first, and send a picture";
    await expect(client.call("run")).rejects.toThrow(missing);
    const frame = new VideoFrame(paint(new OffscreenCanvas(80, 60), "teal"), { timestamp: 0 });
    await expect(client.call("run", { picture: frame }, [frame])).rejects.toThrow(missing);
    expect(await openFrames()).toEqual([false]);
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

  test("takes video frames, and closes them", { timeout: LIMIT_MS }, async () => {
    const message = { network: NETWORK, weights: "synthetic", options: OPTIONS };
    await client.call("load", message);
    const canvases = ["teal", "navy"].map((colour) => paint(new OffscreenCanvas(80, 60), colour));
    const sent = canvases.map((canvas, i) => new VideoFrame(canvas, { timestamp: i }));
    const preprocess = "imagenet";
    const answers = await Promise.all(
      sent.map((frame) => client.call("run", { picture: frame, preprocess }, [frame])),
    );
    expect(sent.map(({ format }) => format)).toEqual([null, null]);
    for (const [i, canvas] of canvases.entries()) {
      expect(answers[i]).toEqual(await expectedOfPixels(canvas));
    }
    expect(answers[0]).not.toEqual(answers[1]);
    expect(await openFrames()).toEqual([false, false, false]);

    // One that a run refuses is closed too.
    const refused = new VideoFrame(canvases[0], { timestamp: 2 });
    const wrong = { picture: refused, preprocess: "none" };
    await expect(client.call("run", wrong, [refused])).rejects.toThrow("none");
    expect(await openFrames()).toEqual([false, false, false, false]);
    await client.call("dispose");
  });
});
