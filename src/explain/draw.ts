/** The pictures of the page, as SVG. */
import type { Allocation } from "../compiler/plan.ts";
import { formatShape } from "../graph/tensor.ts";
import type { DispatchDetails, GraphSnapshot, MemoryMap } from "./explanation.ts";
import { escapeHtml } from "./html.ts";
import { BOX, layOut } from "./layers.ts";
import type { PlacedNode } from "./layers.ts";
import { megabytes } from "./text.ts";

/** Families of operators that share a colour. */
export const FAMILIES = {
  convolution: /^(conv|linear|matMul|deform)/,
  pool: /[pP]ool|^reduce/,
  structure: /^(concat|slice|reshape|transpose|pad|expand|gather|resize|shift|tile|depthToSpace)/,
} as const;

function familyOf(kind: string): string {
  return Object.entries(FAMILIES).find(([, names]) => names.test(kind))?.[0] ?? "element";
}

/** `dispatchOf`: the dispatch that computes a node, by the node's name. */
export function drawGraph(
  graph: GraphSnapshot,
  label: string,
  dispatchOf: ReadonlyMap<string, number> = new Map(),
): string {
  const { nodes, edges, width, height } = layOut(graph);
  const outputs = new Map(graph.outputs.map(({ id, name }) => [id, name]));
  const paths = edges.map(({ path }) => `<path d="${path}"/>`).join("");
  const boxes = nodes.map((placed) => drawNode(placed, outputs, dispatchOf));
  return (
    `<svg class="graph" role="img" aria-label="${escapeHtml(label)}" width="${width + 8}" height="${height + 8}" ` +
    `viewBox="-4 -4 ${width + 8} ${height + 8}"><g class="edges">${paths}</g>${boxes.join("\n")}</svg>`
  );
}

function drawNode(
  { node, name, shape, x, y }: PlacedNode,
  outputs: ReadonlyMap<number, string>,
  dispatchOf: ReadonlyMap<string, number>,
): string {
  const family = node ? familyOf(node.kind) : "input";
  const dispatch = dispatchOf.get(name);
  const isOutput = node?.outputs.some(({ id }) => outputs.has(id)) ?? false;
  const kind = node?.kind ?? "input";
  const lines = [
    `${kind} ${formatShape(shape)}`,
    name,
    node?.attributes ?? "",
    ...(node && node.constants.length > 0
      ? [`constants ${node.constants.map((each) => formatShape(each)).join(", ")}`]
      : []),
    ...(dispatch === undefined ? [] : [`dispatch #${dispatch}`]),
  ].filter(Boolean);
  const badge =
    dispatch === undefined
      ? ""
      : `<text class="badge" x="${BOX.width - 8}" y="27">#${dispatch}</text>`;
  const box =
    `<g class="node ${family}${isOutput ? " output" : ""}" transform="translate(${x} ${y})">` +
    `<title>${escapeHtml(lines.join("\n"))}</title><rect width="${BOX.width}" height="${BOX.height}" rx="6"/>` +
    `<text x="9" y="14"><tspan class="kind">${escapeHtml(kind)}</tspan> ${formatShape(shape)}</text>` +
    `<text class="name" x="9" y="27">${escapeHtml(shorten(name, dispatch === undefined ? 33 : 27))}</text>${badge}</g>`;
  return dispatch === undefined ? box : `<a href="#d${dispatch}" tabindex="-1">${box}</a>`;
}

/** The end of a name says more than its beginning. */
function shorten(name: string, most: number): string {
  return name.length <= most ? name : `…${name.slice(1 - most)}`;
}

const TIMELINE = { width: 1080, height: 380, left: 64, bottom: 34, top: 18 } as const;
/** Colours that take turns, so that neighbours differ. */
const HUES = 6;

/** What lies where in the arena, while dispatches follow each other. */
export function drawMemory(
  { arenaBytes, lowerBoundBytes, allocations, liveBytes }: MemoryMap,
  dispatches: readonly DispatchDetails[],
): string {
  const { width, height, left, bottom, top } = TIMELINE;
  const steps = Math.max(1, liveBytes.length);
  const x = (step: number): number => left + ((width - left - 4) * step) / steps;
  const y = (bytes: number): number =>
    height - bottom - ((height - bottom - top) * bytes) / Math.max(1, arenaBytes);
  const rect = ({ name, offset, bytes, first, last }: Allocation, i: number): string => {
    const said = `${name}: ${megabytes(bytes)} at ${megabytes(offset)}, dispatches #${first} to #${last}`;
    const from = dispatches[first]?.label;
    const size = [x(last + 1) - x(first), y(offset) - y(offset + bytes)].map((n) => n.toFixed(2));
    return (
      `<rect class="hue${i % HUES}" x="${x(first).toFixed(2)}" y="${y(offset + bytes).toFixed(2)}" ` +
      `width="${size[0]}" height="${size[1]}"><title>${escapeHtml(from ? `${said}\nfirst: ${from}` : said)}</title></rect>`
    );
  };
  const live = liveBytes
    .map(
      (bytes, step) =>
        `${step === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(bytes).toFixed(1)}H${x(step + 1).toFixed(1)}`,
    )
    .join("");
  const bound = y(lowerBoundBytes);
  return (
    `<svg class="arena" role="img" aria-label="Where activations lie in the arena, from the first dispatch to the last" viewBox="0 0 ${width} ${height}">` +
    [0, 0.25, 0.5, 0.75, 1]
      .map((part) => tickY(y(part * arenaBytes), megabytes(part * arenaBytes)))
      .join("") +
    [...allocations]
      .sort((a, b) => a.first - b.first || a.offset - b.offset)
      .map(rect)
      .join("\n") +
    `<path class="live" d="${live}"/><path class="bound" d="M${left} ${bound}H${width - 4}"/>` +
    ticksX(steps, x) +
    `</svg>`
  );
}

function tickY(y: number, label: string): string {
  const { left, width } = TIMELINE;
  return `<path class="grid" d="M${left} ${y.toFixed(1)}H${width - 4}"/><text class="tick" x="${left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${label}</text>`;
}

function ticksX(steps: number, x: (step: number) => number): string {
  const { height, bottom } = TIMELINE;
  const every = [1, 2, 5, 10, 20, 50, 100, 200].find((step) => steps / step <= 14) ?? 500;
  const count = Math.ceil(steps / every);
  return Array.from({ length: count }, (_, i) => {
    const middle = (x(i * every) + x(i * every + 1)) / 2;
    return `<text class="tick" x="${middle.toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle">#${i * every}</text>`;
  }).join("");
}

/** A bar of the least time of a dispatch. */
export function drawBar({ bound }: DispatchDetails, most: number): string {
  const width = Math.max(1, (140 * bound.microseconds) / most).toFixed(1);
  return (
    `<svg class="bar" width="140" height="10" viewBox="0 0 140 10" aria-hidden="true">` +
    `<rect class="${bound.by}" width="${width}" height="10" rx="2"/></svg>`
  );
}
