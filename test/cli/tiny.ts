/** A model file of a few bytes, for tests that are not about the model. */
import { encodeOnnx, floats } from "../formats/onnx-encode.ts";

/** `x` of 1x4 through softmax to `y/scores`. */
export const TINY = encodeOnnx({
  inputs: [{ name: "x", shape: [1, 4] }],
  outputs: ["y/scores"],
  nodes: [{ op: "Softmax", name: "last", inputs: ["x"], outputs: ["y/scores"] }],
});

/** `x` of 1x2x3x3 through a 1x1 convolution to 4 channels. */
export const CONVOLUTION = encodeOnnx({
  inputs: [{ name: "x", shape: [1, 2, 3, 3] }],
  nodes: [{ op: "Conv", name: "mix", inputs: ["x", "weight"], outputs: ["y"] }],
  initializers: [floats("weight", [4, 2, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8])],
});

/** `x` of 1x4 through two operators that no engine has. */
export const UNSUPPORTED = encodeOnnx({
  inputs: [{ name: "x", shape: [1, 4] }],
  nodes: [
    { op: "Frobnicate", inputs: ["x"], outputs: ["a"] },
    { op: "Frobnicate", inputs: ["a"], outputs: ["b"] },
    { op: "Relu", inputs: ["b"], outputs: ["c"] },
    { op: "Spin", inputs: ["c"], outputs: ["y"] },
  ],
});
