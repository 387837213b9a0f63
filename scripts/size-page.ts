/** The smallest page that loads an ONNX model and runs it; `npm run size` weighs its bundle. */
import { load } from "../src/index.ts";

const model = await load("model.onnx");
const outputs = await model.run(new Float32Array(3 * 224 * 224));
document.body.textContent = Object.keys(outputs).join(" ");
