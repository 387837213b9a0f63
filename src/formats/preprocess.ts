/** How an image becomes the input of a network: the usual preparations by name, and their geometry. */
import { ShapeError } from "../graph/errors.ts";

/** A size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels, which may be fractions; x grows to the right, y down. */
export interface Rectangle extends Size {
  readonly left: number;
  readonly top: number;
}

export type Channels = "rgb" | "bgr" | "gray";

export interface Preprocess {
  /**
   * `stretch` ignores the aspect ratio; `crop` fills the input with the middle of the image;
   * `letterbox` shows the whole image and fills the rest.
   */
  readonly fit: "stretch" | "crop" | "letterbox";
  /** For `crop`: how much of the shorter side is kept; 1 by default. */
  readonly cropFraction?: number;
  /** For `letterbox`: where the image lies; `center` by default. */
  readonly align?: "center" | "topLeft";
  /** For `letterbox`: colour around the image, 0 to 255; black by default. */
  readonly fill?: readonly [red: number, green: number, blue: number];
  /** The channels that the network expects, in order; `rgb` by default. */
  readonly channels?: Channels;
  /** The value of white: `(x * scale - mean) / std`, where x is 0 to 1. */
  readonly scale: number;
  /** For each channel in the order of the network, or one number for all; likewise `std`. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** How pixels are sampled; `bilinear` by default. */
  readonly mode?: "bilinear" | "nearest";
  /** Whether shrinking averages all the pixels that a sample covers; true by default. */
  readonly antialias?: boolean;
}

export type PreprocessName = "imagenet" | "tf" | "raw" | "unit" | "caffe" | "centernet";

const ZERO = [0];
const ONE = [1];
const PHOTO = { fit: "crop", cropFraction: 0.875 } as const;

/** What published weights expect, by the name of who trained so first. */
export const PREPROCESS: Readonly<Record<PreprocessName, Preprocess>> = {
  imagenet: { ...PHOTO, scale: 1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  tf: { ...PHOTO, scale: 255, mean: [127.5], std: [127.5] },
  raw: { ...PHOTO, scale: 255, mean: ZERO, std: ONE },
  unit: { fit: "stretch", scale: 1, mean: ZERO, std: ONE },
  caffe: { ...PHOTO, channels: "bgr", scale: 255, mean: [104, 117, 123], std: ONE },
  centernet: { fit: "letterbox", align: "topLeft", scale: 255, mean: ZERO, std: ONE },
};

/** Where pixels come from and go to, and what is done to them: all that the kernel asks for. */
export interface PreprocessGeometry {
  readonly imageWidth: number;
  readonly imageHeight: number;
  /** The part of the image that is read, in pixels of the image. */
  readonly source: Rectangle;
  /** The part of the input that it fills, in pixels of the input. */
  readonly target: Rectangle;
  /** Colour around the target, 0 to 1, red first. */
  readonly fill: readonly [red: number, green: number, blue: number];
  readonly channels: Channels;
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly mode: "bilinear" | "nearest";
  readonly antialias: boolean;
}

/**
 * The preparation that is meant by a name or given in full.
 * @throws ShapeError when the name is not known, or mean or std is neither one number nor three
 */
export function resolvePreprocess(preprocess: Preprocess | PreprocessName): Preprocess {
  if (typeof preprocess === "string") {
    if (Object.hasOwn(PREPROCESS, preprocess)) return PREPROCESS[preprocess];
    const known = Object.keys(PREPROCESS).join(", ");
    throw new ShapeError(`preprocess "${preprocess}" is not known, expected one of ${known}`);
  }
  for (const field of ["mean", "std"] as const) {
    const { length } = preprocess[field];
    if (length !== 1 && length !== 3) {
      throw new ShapeError(`preprocess: ${field} has ${length} numbers, expected 1 or 3`);
    }
  }
  return preprocess;
}

/** To the nearest integer, and a half to the even one, as Python rounds. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/**
 * The middle of the image. The corner lies on a whole pixel of the scaled image, because the
 * programs that networks were trained with scale first and crop then.
 */
function cropSource(image: Size, target: Size, fraction: number): Rectangle {
  const scale = Math.max(target.width / image.width, target.height / image.height) / fraction;
  const side = (length: number, kept: number) => {
    const scaled = Math.max(kept, roundHalfEven(length * scale));
    const pixel = length / scaled;
    return { start: Math.floor((scaled - kept) / 2) * pixel, length: kept * pixel };
  };
  const x = side(image.width, target.width);
  const y = side(image.height, target.height);
  return { left: x.start, top: y.start, width: x.length, height: y.length };
}

/** The whole image, scaled to whole pixels inside of the input. */
function letterboxTarget(image: Size, target: Size, align: Preprocess["align"]): Rectangle {
  const scale = Math.min(target.width / image.width, target.height / image.height);
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  if (align === "topLeft") return { left: 0, top: 0, width, height };
  const left = Math.floor((target.width - width) / 2);
  return { left, top: Math.floor((target.height - height) / 2), width, height };
}

/**
 * Plans how an image fills a network's input.
 * @param image size of the image in pixels
 * @param target size of the input in pixels
 * @throws ShapeError when a size is not positive, or as `resolvePreprocess`
 * @example
 * const plan = planPreprocess("imagenet", { width: 640, height: 480 }, { width: 224, height: 224 });
 */
export function planPreprocess(
  preprocess: Preprocess | PreprocessName,
  image: Size,
  target: Size,
): PreprocessGeometry {
  const resolved = resolvePreprocess(preprocess);
  const { fit, cropFraction, align, fill, scale, mean, std } = resolved;
  for (const [what, { width, height }] of Object.entries({ image, input: target })) {
    if (!(width > 0 && height > 0)) {
      throw new ShapeError(`preprocess: the ${what} has ${width} x ${height} pixels`);
    }
  }
  if (cropFraction !== undefined && !(cropFraction > 0 && cropFraction <= 1)) {
    throw new ShapeError(
      `preprocess: cropFraction ${cropFraction} is not valid, expected more than 0, at most 1`,
    );
  }
  const whole = ({ width, height }: Size) => ({ left: 0, top: 0, width, height });
  const [red, green, blue] = fill ?? [0, 0, 0];
  return {
    imageWidth: image.width,
    imageHeight: image.height,
    source: fit === "crop" ? cropSource(image, target, cropFraction ?? 1) : whole(image),
    target: fit === "letterbox" ? letterboxTarget(image, target, align) : whole(target),
    fill: [red / 255, green / 255, blue / 255],
    channels: resolved.channels ?? "rgb",
    scale,
    mean,
    std,
    mode: resolved.mode ?? "bilinear",
    antialias: resolved.antialias ?? true,
  };
}

/** x1, y1, x2, y2 */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Maps a box in pixels of the input back to pixels of the image that was prepared. */
export function unmapBox(
  [left, top, right, bottom]: Box,
  { source, target }: Pick<PreprocessGeometry, "source" | "target">,
): [number, number, number, number] {
  const x = (value: number) => source.left + ((value - target.left) * source.width) / target.width;
  const y = (value: number) => source.top + ((value - target.top) * source.height) / target.height;
  return [x(left), y(top), x(right), y(bottom)];
}
