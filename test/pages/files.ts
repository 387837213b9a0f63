/** Files that a person may give to the page: pictures of one colour, a tiny classifier, a broken model. */
import { encodeOnnx, floats } from "../formats/onnx-encode.ts";
import sharp from "sharp";

interface PickedFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export async function plainPicture(name: string, background: string): Promise<PickedFile> {
  const image = sharp({ create: { width: 96, height: 64, channels: 3, background } });
  return { name, mimeType: "image/png", buffer: await image.png().toBuffer() };
}

/** Tells red from green and blue: half the mean of each channel is the class's score. */
export function colourClassifier(): PickedFile {
  const bytes = encodeOnnx({
    inputs: [{ name: "image", shape: [1, 3, 16, 16] }],
    outputs: ["scores"],
    initializers: [floats("weight", [3, 3, 1, 1], [0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5])],
    nodes: [
      { op: "Conv", name: "colours", inputs: ["image", "weight"], outputs: ["mixed"] },
      { op: "GlobalAveragePool", name: "mean", inputs: ["mixed"], outputs: ["pooled"] },
      { op: "Flatten", name: "flat", inputs: ["pooled"], outputs: ["scores"] },
    ],
  });
  return { name: "colours.onnx", mimeType: "application/octet-stream", buffer: Buffer.from(bytes) };
}

export function brokenModel(): PickedFile {
  const { buffer } = colourClassifier();
  const half = buffer.subarray(0, buffer.length >> 1);
  return { name: "broken.onnx", mimeType: "application/octet-stream", buffer: half };
}

export function textFile(name: string, text: string): PickedFile {
  return { name, mimeType: "text/plain", buffer: Buffer.from(text) };
}
