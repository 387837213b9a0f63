/** lightfuse as the benchmark's page runs it. */
import { load, type Model } from "../src/index.ts";

let model: Model;
let input: Float32Array;

const engine = {
  async prepare({ data }: { data: Float32Array }): Promise<void> {
    model = await load("/model/model.onnx");
    input = data;
  },
  async run(): Promise<Float32Array> {
    const outputs = await model.run(input);
    return Object.values(outputs)[0].data as Float32Array;
  },
};

Object.assign(globalThis, { engine });
