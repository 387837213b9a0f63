/** Ratios by row on a logarithmic axis, as dots: those of peers by network, or of fusions. */
import { times } from "../markdown.ts";
import { fineLogScale } from "./scale.ts";
import {
  element,
  type Frame,
  horizontalAxis,
  picture,
  plotRanges,
  svgText,
  tooltip,
} from "./svg.ts";

export interface RatioRow {
  readonly name: string;
  /** A summary of the others is set apart. */
  readonly isMean?: boolean;
  readonly dots: readonly {
    readonly name: string;
    readonly colour: string;
    readonly ratio: number;
  }[];
}

const ROW = 24;
/** Pixels of a letter of a name, about. */
const LETTER = 6.6;

/** @param label what a ratio above 1 says */
export function ratioChart(name: string, label: string, rows: readonly RatioRow[]): string {
  const ratios = rows.flatMap(({ dots }) => dots.map(({ ratio }) => ratio));
  if (ratios.length === 0) return "";
  const height = 24 + rows.length * ROW + 44;
  const longest = Math.max(...rows.map(({ name: title }) => title.length));
  const left = Math.max(120, longest * LETTER + 18);
  const frame: Frame = { width: 640, height, left, right: 24, top: 24, bottom: 44 };
  const ranges = plotRanges(frame);
  const x = fineLogScale([Math.min(...ratios, 1), Math.max(...ratios, 1)], ranges.x);
  const lines = rows.map(({ name: title, isMean, dots }, i) => {
    const y = frame.top + (i + 0.5) * ROW;
    const across = { class: "row", x1: ranges.x[0], x2: ranges.x[1], y1: y, y2: y };
    const marks = dots.map(({ name: what, colour, ratio }) =>
      element(
        "circle",
        { cx: x.at(ratio), cy: y, r: isMean ? 6.5 : 5, class: `dot ${colour}` },
        tooltip(`${title}, ${what}: ${times(ratio)}`),
      ),
    );
    const text = { class: isMean ? "name mean" : "name", "text-anchor": "end" };
    return element("line", across) + svgText(frame.left - 12, y + 4, title, text) + marks.join("");
  });
  const one = { class: "one", x1: x.at(1), x2: x.at(1), y1: ranges.y[0], y2: ranges.y[1] };
  return picture(
    frame,
    name,
    horizontalAxis(frame, { scale: x, label, text: (value) => `${value}x` }) +
      element("line", one) +
      lines.join(""),
  );
}
