/** The tiles that a sweep tries for a layer: those that fit its map and the kind of adapter. */
import type { Layer, TileNumbers } from "./layers.ts";

/** Pixels x quads x workgroup. */
const BLOCKS = {
  software: [
    [7, 4, 8],
    [7, 2, 8],
    [7, 1, 8],
    [7, 2, 32],
    [4, 4, 8],
    [4, 2, 8],
    [4, 2, 16],
    [4, 1, 8],
    [8, 2, 8],
  ],
  gpu: [
    [1, 1, 32],
    [1, 1, 64],
    [1, 2, 64],
    [2, 1, 64],
    [2, 2, 64],
    [2, 2, 128],
    [4, 2, 64],
    [2, 4, 64],
    [4, 4, 64],
    [8, 1, 256],
  ],
} satisfies Record<string, TileNumbers[]>;

/** Rows x columns x workgroup. */
const STRIPS = {
  software: [
    [4, 4, 8],
    [7, 4, 8],
    [14, 4, 8],
    [28, 4, 8],
    [14, 2, 8],
    [14, 7, 8],
  ],
  gpu: [
    [1, 1, 64],
    [2, 1, 64],
    [4, 1, 64],
    [8, 1, 64],
    [4, 2, 64],
    [4, 1, 128],
  ],
} satisfies Record<string, TileNumbers[]>;

/** Other tiles than the one the compiler chooses; none for a linear layer, which has no tile. */
export function sweptTiles(
  { kernel, y }: Pick<Layer, "kernel" | "y">,
  software: boolean,
): TileNumbers[] {
  const adapter = software ? "software" : "gpu";
  const [, outs, height, width] = y;
  if (kernel === "linear") return [];
  if (kernel === "depthwise") {
    return STRIPS[adapter].filter(
      ([rows, columns]) => rows <= Math.max(height, 4) && columns < 2 * width,
    );
  }
  // What computes twice as much as there is cannot win.
  return BLOCKS[adapter].filter(
    ([pixels, quads]) =>
      (quads === 1 || quads < 2 * Math.ceil(outs / 4)) &&
      (pixels === 1 || pixels < 2 * height * width),
  );
}
