/** Variants of the depthwise kernels: strips that walk down the image, and tiles. */
import type { DepthwiseTile } from "../../shaders/conv/depthwise.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { walksRows } from "../select.ts";
import type { Family } from "./family.ts";
import type { Site } from "./site.ts";
import { isSelected } from "./tiles.ts";

/** Registers, in vec4s, of what conv/depthwise accumulates. */
const MOST_TILE = 8;

function workgroupsOf(device: DeviceTraits): number[] {
  const sizes = device.software ? [8, 32] : [32, 64, 128];
  return sizes.filter((size) => size <= device.maxInvocationsPerWorkgroup);
}

/** Rows of a strip: the height in 1, 2, 4 ... parts. */
function stripsOf({ y }: Site, device: DeviceTraits): DepthwiseTile[] {
  const [, , height, width] = y;
  const parts = device.software
    ? [1, 2, 4].map((count) => Math.ceil(height / count))
    : [1, 2, 4, 8, 16].filter((rows) => rows <= height);
  const columns = (device.software ? [4, 2, 7] : [1, 2, 4]).filter(
    (count) => count === 1 || count < 2 * width,
  );
  return [...new Set(parts)].flatMap((rows) =>
    columns.flatMap((count) =>
      workgroupsOf(device).map((workgroup) => ({ height: rows, width: count, workgroup })),
    ),
  );
}

export const depthwiseStrips: Family = {
  kernel: "depthwise-rows",
  variantsOf(site, device) {
    if (!isSelected(site, "depthwise")) return [];
    const [, , ...kernel] = site.weight;
    return stripsOf(site, device)
      .filter((tile) => walksRows([kernel[0], kernel[1]], site.attributes!, tile))
      .map((tile) => ({ kernel: "depthwise-rows", ...tile }));
  },
};

export const depthwiseTiles: Family = {
  kernel: "depthwise",
  variantsOf(site, device) {
    if (!isSelected(site, "depthwise")) return [];
    const [, , height, width] = site.y;
    const sizes = device.software
      ? [
          [2, 4],
          [1, 4],
          [4, 4],
          [1, 7],
        ]
      : [
          [1, 1],
          [1, 2],
          [2, 2],
          [1, 4],
        ];
    const tiles = sizes.filter(
      ([rows, columns]) =>
        rows * columns <= 2 * MOST_TILE &&
        (rows === 1 || rows < 2 * height) &&
        (columns === 1 || columns < 2 * width),
    );
    return tiles.flatMap(([rows, columns]) =>
      workgroupsOf(device).map((workgroup) => ({
        kernel: "depthwise",
        height: rows,
        width: columns,
        workgroup,
      })),
    );
  },
};
