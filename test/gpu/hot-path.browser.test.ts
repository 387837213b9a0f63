/** What a run asks of WebGPU, in Chromium. */
import { defineHotPathTests, slope } from "./hot-path.ts";

const pixels = slope(80, 60);

function canvas(): OffscreenCanvas {
  const made = new OffscreenCanvas(80, 60);
  const context = made.getContext("2d")!;
  context.fillStyle = "teal";
  context.fillRect(10, 10, 30, 30);
  return made;
}

defineHotPathTests({
  pixels: () => pixels,
  "image data": () => new ImageData(Uint8ClampedArray.from(pixels.data), 80, 60),
  "a canvas": canvas,
});
