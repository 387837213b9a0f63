/**
 * A worker that owns a model: the page sends pictures, the worker answers with the best classes, and
 * draws what the model sees on a canvas that the page has handed over.
 */
import { createModel, topClasses } from "lightfuse";

/** @type {import("lightfuse").Model | null} */
let model = null;

/** @type {OffscreenCanvas | null} */
let canvas = null;

/**
 * What the page sends with a call.
 * @typedef {object} Message
 * @property {string} network
 * @property {import("lightfuse").Weights} weights
 * @property {import("lightfuse").LoadOptions} [options]
 * @property {OffscreenCanvas} [canvas]
 * @property {ImageBitmap | VideoFrame} [picture]
 * @property {import("lightfuse").PreprocessName} [preprocess]
 */

/** @type {Record<string, (message: Message) => Promise<unknown>>} */
const CALLS = {
  async load({ network, weights, options, canvas: given }) {
    model?.dispose();
    model = await createModel(network, weights, options);
    canvas = given ?? null;
    return { inputs: model.inputs, statistics: model.statistics };
  },

  /** `picture` is an ImageBitmap or a VideoFrame that was transferred, or absent: then the canvas is read. */
  async run({ picture, preprocess }) {
    const image = picture ?? canvas;
    try {
      if (!model || !image) throw new Error("load a model first, and send a picture");
      if (picture && canvas) canvas.getContext("2d")?.drawImage(picture, 0, 0);
      // The next picture may be sent, and submitted, before this one has been computed.
      const onInputsRead = () => picture?.close();
      const outputs = await model.run(image, { preprocess, onInputsRead });
      return topClasses(Object.values(outputs)[0], 3);
    } finally {
      // Cameras stop when frames are left open, and a run that fails may not have read this one.
      picture?.close();
    }
  },

  dispose() {
    model?.dispose();
    model = null;
    return Promise.resolve();
  },
};

/** @param {Message & { id: number, call: string }} message */
async function answer({ id, call, ...message }) {
  try {
    self.postMessage({ id, result: await CALLS[call](message) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

self.addEventListener(
  "message",
  /** @param {MessageEvent<Message & { id: number, call: string }>} event */ ({ data }) => {
    void answer(data);
  },
);
