/** SVG as text: elements, text and the frame of a chart. */
import type { Scale } from "./scale.ts";
import { tickText } from "./scale.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]);
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; numbers are rounded to a hundredth, undefined attributes left out, content is SVG. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const texts = Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const text = typeof value === "number" ? String(Number(value.toFixed(2))) : escapeText(value);
    return [` ${key}="${text}"`];
  });
  return `<${name}${texts.join("")}>${content}</${name}>`;
}

export function svgText(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeText(text));
}

/** What a mouse that rests on an element is told. */
export function tooltip(text: string): string {
  return `<title>${escapeText(text)}</title>`;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A picture with a name for those who cannot see it. */
export function picture({ width, height }: Frame, label: string, content: string): string {
  return element(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "chart" },
    content,
  );
}

/** Pixels of the plotted area: left to right, and bottom to top. */
export function plotRanges({ width, height, left, right, top, bottom }: Frame): {
  x: readonly [number, number];
  y: readonly [number, number];
} {
  return { x: [left, width - right], y: [height - bottom, top] };
}

export interface Axis {
  readonly scale: Scale;
  readonly label: string;
  readonly text?: (value: number) => string;
}

/** Horizontal grid lines with their values, and what they are. */
export function verticalAxis(frame: Frame, { scale, label, text = tickText }: Axis): string {
  const { x } = plotRanges(frame);
  const lines = scale.ticks.map((tick) => {
    const y = scale.at(tick);
    return (
      element("line", { class: "grid", x1: x[0], x2: x[1], y1: y, y2: y }) +
      svgText(x[0] - 7, y + 4, text(tick), { class: "tick", "text-anchor": "end" })
    );
  });
  return lines.join("") + svgText(2, frame.top - 9, label, { class: "label" });
}

/** Vertical grid lines with their values, and what they are. */
export function horizontalAxis(frame: Frame, { scale, label, text = tickText }: Axis): string {
  const { x, y } = plotRanges(frame);
  const lines = scale.ticks.map((tick) => {
    const at = scale.at(tick);
    return (
      element("line", { class: "grid", x1: at, x2: at, y1: y[0], y2: y[1] }) +
      svgText(at, y[0] + 16, text(tick), { class: "tick", "text-anchor": "middle" })
    );
  });
  const title = svgText(x[1], y[0] + 33, label, { class: "label", "text-anchor": "end" });
  return lines.join("") + title;
}

/** A line through points in pixels. */
export function polyline(points: readonly (readonly [number, number])[], name: string): string {
  const text = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  return element("polyline", { points: text, class: name });
}
