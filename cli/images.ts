/** Decodes images in Node: RGBA pixels, turned the way the camera was held. */
import { extname } from "node:path";
import { Failure } from "./failure.ts";
import { checkReadable } from "./files.ts";

const EXTENSIONS = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".tif", ".tiff", ".svg"];

export interface Image {
  readonly width: number;
  readonly height: number;
  /** RGBA, 4 bytes a pixel */
  readonly data: Uint8Array;
}

export function isImageFile(path: string): boolean {
  return EXTENSIONS.includes(extname(path).toLowerCase());
}

/** @throws Failure when the file is missing or no image, or the package `sharp` is not installed */
export async function readImage(path: string): Promise<Image> {
  checkReadable(path);
  const { default: sharp } = await import("sharp").catch(() => {
    throw new Failure('images need the package "sharp": npm install sharp');
  });
  try {
    const image = sharp(path)
      .autoOrient()
      .toColourspace("srgb")
      .ensureAlpha()
      .raw({ depth: "uchar" });
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`cannot read "${path}": it is not a sound image (${reason})`);
  }
}
