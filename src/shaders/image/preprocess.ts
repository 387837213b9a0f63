/** Contract of image/preprocess.wgsl. */
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups } from "../spec.ts";
import type { Quads } from "../spec.ts";
import source from "./preprocess.wgsl?raw";

/** In pixels, which need not be whole; pixel i covers i to i + 1. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const CHANNEL_ORDERS = ["rgb", "bgr", "gray"] as const;

export interface PreprocessSpec {
  /** One image of 3 channels, or of 1 for gray. */
  readonly y: Quads;
  /** Pixels of the texture from its corner; it may be larger. */
  readonly imageWidth: number;
  readonly imageHeight: number;
  /** The region of the image that is shown. Filters read beyond it, but not beyond the image. */
  readonly source: Rectangle;
  /** The pixels of y, by their centres, on which it is shown. */
  readonly target: Rectangle;
  /** Red, green and blue of the pixels around the target, 0..1, before scale, mean and std. */
  readonly fill: readonly number[];
  /** y = (value * scale - mean) / std, where value is 0..1 */
  readonly scale: number;
  /** By channel of y; one number serves all. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly channels: (typeof CHANNEL_ORDERS)[number];
  readonly mode: "bilinear" | "nearest";
  /** When shrinking, bilinear averages over all pixels of the image. */
  readonly antialias: boolean;
}

const WORKGROUP = 64;

export const preprocess: Kernel<PreprocessSpec> = {
  name: "image/preprocess",
  source,
  bindings: ["params", "arena", "image"],
  params: [
    ["image_width", "i32"],
    ["image_height", "i32"],
    ...["source", "target"].flatMap((name) =>
      ["left", "top", "width", "height"].map((side) => [`${name}_${side}`, "f32"] as const),
    ),
    ["fill_red", "f32"],
    ["fill_green", "f32"],
    ["fill_blue", "f32"],
    ["scale", "f32"],
    ...["mean", "std"].flatMap((name) => [0, 1, 2].map((i) => [`${name}_${i}`, "f32"] as const)),
    ["y", "u32"],
    ["y_width", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "NEAREST", "ANTIALIAS", "CHANNELS"],
  consts: [],
  slots: [],
  configure(spec, device) {
    const { y, fill } = spec;
    const count = y.height * y.width;
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: {
        WORKGROUP,
        NEAREST: Number(spec.mode === "nearest"),
        ANTIALIAS: Number(spec.antialias),
        CHANNELS: CHANNEL_ORDERS.indexOf(spec.channels),
      },
      params: {
        image_width: spec.imageWidth,
        image_height: spec.imageHeight,
        ...rectangleParams("source", spec.source),
        ...rectangleParams("target", spec.target),
        fill_red: fill[0],
        fill_green: fill[1] ?? fill[0],
        fill_blue: fill[2] ?? fill[0],
        scale: spec.scale,
        ...channelParams("mean", spec.mean),
        ...channelParams("std", spec.std),
        y: y.offset,
        y_width: y.width,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};

function rectangleParams(name: string, rectangle: Rectangle): Record<string, number> {
  return Object.fromEntries(
    Object.entries(rectangle).map(([side, value]) => [`${name}_${side}`, value as number]),
  );
}

function channelParams(name: string, values: readonly number[]): Record<string, number> {
  return Object.fromEntries([0, 1, 2].map((i) => [`${name}_${i}`, values[i] ?? values[0]]));
}
