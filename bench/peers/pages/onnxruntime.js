/** ONNX Runtime Web on its native WebGPU execution provider. */
import * as ort from "onnxruntime-web/webgpu";

let session;
let input;

globalThis.engine = {
  async prepare({ data, shape }) {
    ort.env.wasm.wasmPaths = "/peers/onnxruntime-web/dist/";
    ort.env.wasm.numThreads = 1;
    session = await ort.InferenceSession.create("/model/model.onnx", {
      // As an object: the plain string ignores the provider's options.
      executionProviders: [{ name: "webgpu" }],
      preferredOutputLocation: "cpu",
    });
    input = new ort.Tensor("float32", data, shape);
  },
  async run() {
    const outputs = await session.run({ [session.inputNames[0]]: input });
    return outputs[session.outputNames[0]].data;
  },
};
