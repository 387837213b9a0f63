/** LiteRT.js on its WebGPU accelerator. */
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

let model;
let shape;
let input;

globalThis.engine = {
  async prepare({ data }) {
    await loadLiteRt("/peers/@litertjs/core/wasm/");
    model = await loadAndCompile("/model/model.tflite", { accelerator: "webgpu" });
    if (!model.isFullyAccelerated) throw new Error("the model does not run on WebGPU as a whole");
    shape = model.getInputDetails()[0].shape;
    input = data;
  },
  async run() {
    const x = new Tensor(input, shape);
    const [y] = await model.run(x);
    const values = await y.data();
    x.delete();
    y.delete();
    return values;
  },
};
