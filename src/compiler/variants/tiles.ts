/** Variants of the kernels that compute a tile of pixels x output quads in registers. */
import type { Tile } from "../../shaders/conv/pointwise.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { divideUp } from "../../shaders/spec.ts";
import { groupQuadsOf, selectConvolution } from "../select.ts";
import type { Variant } from "../select.ts";
import type { Family } from "./family.ts";
import type { Site } from "./site.ts";

type Row = readonly [pixels: number, quads: number, workgroup: number];

/** Loads are dear, so tiles are large; compiling takes 45 to 250 ms each. */
const SOFTWARE: readonly Row[] = [
  [7, 4, 8],
  [7, 2, 8],
  [7, 1, 8],
  [4, 4, 8],
  [4, 2, 8],
  [4, 1, 8],
  [7, 4, 32],
  [7, 2, 32],
  [4, 2, 16],
  [4, 4, 32],
  [8, 2, 8],
  [7, 1, 256],
];

/** From the most invocations to the most reuse in registers. */
const GPU: readonly Row[] = [
  [1, 1, 32],
  [1, 1, 64],
  [1, 2, 64],
  [2, 1, 64],
  [2, 2, 32],
  [2, 2, 64],
  [2, 2, 128],
  [4, 1, 64],
  [4, 2, 32],
  [4, 2, 64],
  [4, 2, 128],
  [2, 4, 64],
  [4, 4, 32],
  [4, 4, 64],
  [8, 1, 256],
  [8, 2, 64],
];

const MOST_WORKGROUPS = 65_535;

/** Tiles for `area` pixels and `quads` of one group of y. */
function tilesOf(area: number, quads: number, groups: number, device: DeviceTraits): Tile[] {
  const rows = (device.software ? SOFTWARE : GPU).filter(
    ([pixels, perTile, workgroup]) =>
      workgroup <= device.maxInvocationsPerWorkgroup &&
      divideUp(area, pixels * workgroup) <= MOST_WORKGROUPS &&
      (groups === 1 || quads % perTile === 0) &&
      // What computes twice as much as there is cannot win.
      (perTile === 1 || perTile < 2 * quads) &&
      (pixels === 1 || pixels < 2 * area),
  );
  const broadcast = rows.map(([pixels, perTile, workgroup]) => ({
    pixels,
    quads: perTile,
    workgroup,
  }));
  // A software adapter pays for each load: there a broadcast always wins.
  if (!device.subgroups || device.software) return broadcast;
  return [...broadcast, ...broadcast.map((tile) => ({ ...tile, plain: true }))];
}

type TileVariant = Extract<Variant, Tile>;

function tileFamily(kernel: TileVariant["kernel"], computes: (site: Site) => boolean): Family {
  return {
    kernel,
    variantsOf(site, device) {
      const { attributes, y } = site;
      if (!attributes || !computes(site)) return [];
      const { groups, stride } = attributes;
      const phases = kernel === "transposed" ? stride : [1, 1];
      const area = divideUp(y[2], phases[0]) * divideUp(y[3], phases[1]);
      const tiles = tilesOf(area, quadsOfSite(site), groups, device);
      return tiles.map((tile) => ({ kernel, ...tile }));
    },
  };
}

/** Quads of one group of y; of a transposed convolution 1 where groups end within quads. */
function quadsOfSite({ op, y, weight, attributes }: Site): number {
  const { groups } = attributes!;
  const onQuads = groups === 1 || ((weight[0] / groups) % 4 === 0 && weight[1] % 4 === 0);
  return op === "convTranspose2d" && !onQuads ? 1 : groupQuadsOf(y[1], groups);
}

/** Whether `select` computes a convolution by a kernel. */
export function isSelected(site: Site, kernel: ReturnType<typeof selectConvolution>): boolean {
  const { op, attributes } = site;
  return op === "conv2d" && selectConvolution({ ...site, attributes: attributes! }) === kernel;
}

export const pointwiseTiles = tileFamily("pointwise", (site) => isSelected(site, "pointwise"));
export const directTiles = tileFamily("direct", (site) => isSelected(site, "direct"));
export const pooledTiles = tileFamily("pooled", ({ op }) => op === "pooledConv2d");
export const transposedTiles = tileFamily("transposed", ({ op }) => op === "convTranspose2d");
