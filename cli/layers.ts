/** The table of `lightfuse inspect --layers`. */
import { formatShape, type InspectedLayer, type LayerInspection } from "../src/index.ts";
import { formatBytes, formatCount, table } from "./text.ts";

const HEAD = [
  ...["layer", "operator", "output", "parameters", "MACs"],
  ...["receptive field", "jump", "output bytes", "alive bytes"],
];

/** A row a layer, and the sums. */
export function formatLayers({ layers, ...sums }: LayerInspection): string {
  const rows = layers.map((layer) => [
    layer.name,
    operatorOf(layer),
    formatShape(layer.shape),
    formatCount(layer.parameters),
    formatCount(layer.macs),
    fieldOf(layer),
    formatPair(layer.jump),
    formatBytes(layer.activationBytes),
    formatBytes(layer.aliveBytes),
  ]);
  const last = [
    ...["total", "", "", formatCount(sums.parameters), formatCount(sums.macs), "", ""],
    ...[formatBytes(sums.activationBytes), `${formatBytes(sums.peakBytes)} at most`],
  ];
  return table([HEAD, ...rows, last], [3, 4, 5, 6, 7]);
}

/** `conv2d 3x3 stride 2 groups 32 + batchNorm + relu6`; what is 1 is left out. */
function operatorOf({ op, kernel, stride, dilation, groups, followedBy }: InspectedLayer): string {
  const parts = [op, ...(kernel ? [kernel.join("x")] : [])];
  for (const [name, [h, w]] of [
    ["stride", stride ?? [1, 1]],
    ["dilation", dilation ?? [1, 1]],
  ] as const) {
    if (h !== 1 || w !== 1) parts.push(`${name} ${h === w ? h : `${h}x${w}`}`);
  }
  if (groups !== undefined && groups > 1) parts.push(`groups ${groups}`);
  return [parts.join(" "), ...followedBy].join(" + ");
}

function fieldOf({ receptiveField, wholeImage }: InspectedLayer): string {
  const hasWindow = receptiveField.some((size) => size !== null);
  if (!wholeImage) return formatPair(receptiveField);
  return hasWindow ? `${formatPair(receptiveField)} + image` : "image";
}

/** `4`, `4x2`, or `-` for none. */
function formatPair([h, w]: readonly [number | null, number | null]): string {
  return h === w ? String(h ?? "-") : `${h ?? "-"}x${w ?? "-"}`;
}
