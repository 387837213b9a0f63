/** Contract of conv/winograd.wgsl, and its weights. */
import type { Conv2dAttributes } from "../../graph/attributes.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { DeviceTraits, Kernel } from "../kernel.ts";
import { divideUp, packedLater, quadsOf } from "../spec.ts";
import type { Packed } from "../spec.ts";
import { windowParams } from "./window.ts";
import type { WindowSpec } from "./window.ts";
import source from "./winograd.wgsl?raw";

/** What an invocation multiplies: tiles of 2 x 2 pixels, 4 or 8, and quads of y. */
export interface WinogradTile {
  readonly tiles: 4 | 8;
  readonly quads: 1 | 2;
}

export const WINOGRAD_TILES: readonly WinogradTile[] = [
  { tiles: 4, quads: 1 },
  { tiles: 4, quads: 2 },
  { tiles: 8, quads: 1 },
  { tiles: 8, quads: 2 },
];

/** 16 positions of 16 invocations. */
const WORKGROUP = 256;

export interface WinogradSpec extends WindowSpec {
  readonly tile: WinogradTile;
}

/** Whether a convolution with weights [O, I, kh, kw] can be computed so. */
export function fitsWinograd(
  [, , height, width]: readonly number[],
  { stride, dilation, groups }: Conv2dAttributes,
  device: DeviceTraits,
): boolean {
  return (
    height === 3 &&
    width === 3 &&
    groups === 1 &&
    [...stride, ...dilation].every((n) => n === 1) &&
    WORKGROUP <= device.maxInvocationsPerWorkgroup
  );
}

export const winograd: Kernel<WinogradSpec> = {
  name: "conv/winograd",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_quads", "u32"],
    ["x_height", "u32"],
    ["x_width", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
    ["pad_top", "i32"],
    ["pad_left", "i32"],
    ["tiles", "u32"],
    ["tiles_width", "u32"],
  ],
  overrides: [],
  consts: ["TILE_TILES", "TILE_GROUPS", "TILE_QUADS"],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  configure(spec) {
    const { x, y, tile } = spec;
    const tilesWidth = divideUp(y.width, 2);
    const tiles = tilesWidth * divideUp(y.height, 2);
    const yQuads = quadsOf(y.channels);
    return {
      consts: { TILE_TILES: tile.tiles, TILE_GROUPS: tile.tiles / 4, TILE_QUADS: tile.quads },
      params: {
        ...windowParams(spec),
        x_quads: quadsOf(x.channels),
        y_quads: yQuads,
        tiles,
        tiles_width: tilesWidth,
      },
      workgroups: [divideUp(tiles, 4 * tile.tiles), divideUp(yQuads, 4 * tile.quads), y.images],
    };
  },
};

/** [a, b, c] by G: a, (a + b + c) / 2, (a - b + c) / 2, c. */
function transformTaps(a: number, b: number, c: number): readonly number[] {
  return [a, (a + b + c) / 2, (a - b + c) / 2, c];
}

/** G w G^T of 9 taps, in row-major order. */
function transformWindow(taps: ArrayLike<number>, first: number): readonly number[] {
  const columns = [0, 1, 2].map((v) =>
    transformTaps(taps[first + v], taps[first + 3 + v], taps[first + 6 + v]),
  );
  return [0, 1, 2, 3].flatMap((i) => transformTaps(columns[0][i], columns[1][i], columns[2][i]));
}

/**
 * Weights [O, I, 3, 3] as G w G^T [I quad][position][input lane][O quad] of vec4. Lanes beyond the last
 * channel are zero.
 */
export function packWinograd(weight: Tensor): Packed {
  const [outs, ins] = weight.shape;
  const row = quadsOf(outs) * 4;
  const length = quadsOf(ins) * 16 * 4 * row;
  return packedLater(length, () => {
    const given = weight.data;
    const data = new Float32Array(length);
    for (let o = 0; o < outs; o++) {
      for (let i = 0; i < ins; i++) {
        const first = ((i >> 2) * 64 + (i & 3)) * row + o;
        const window = transformWindow(given, (o * ins + i) * 9);
        window.forEach((value, position) => (data[first + position * 4 * row] = value));
      }
    }
    return data;
  });
}
