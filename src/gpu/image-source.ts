/** What a page can hand over as an image, and how it is told from tensors and buffers. */

/** RGBA, 8 bits each, row by row. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Whatever a page can draw. */
export type ImageSource =
  | ImageBitmap
  | ImageData
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement
  | VideoFrame;

/** Whether a value is an image or pixels. */
export function isImage(value: unknown): value is ImageSource | Pixels {
  if (typeof value !== "object" || value === null) return false;
  if ("data" in value && "width" in value && "height" in value) {
    return value.data instanceof Uint8Array || value.data instanceof Uint8ClampedArray;
  }
  return /^\[object (ImageBitmap|HTML(Image|Canvas|Video)Element|OffscreenCanvas|VideoFrame)\]$/.test(
    Object.prototype.toString.call(value),
  );
}
