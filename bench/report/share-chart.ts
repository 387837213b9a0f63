/** What part of its roofline each layer of a family reaches, as dots; larger ones take more time. */
import { percent } from "../markdown.ts";
import type { KernelResult } from "../kernels.ts";
import { FAMILY_NAMES, familyOf } from "./families.ts";
import { linearScale } from "./scale.ts";
import {
  element,
  type Frame,
  horizontalAxis,
  picture,
  plotRanges,
  svgText,
  tooltip,
} from "./svg.ts";

const ROW = 44;
const LEAST_RADIUS = 3;
const MOST_RADIUS = 13;

interface Layer {
  readonly name: string;
  readonly family: string;
  readonly colour: string;
  readonly share: number;
  readonly ms: number;
}

/** Of the tiles that the compiler chooses. */
export function shareChart({ rows }: Pick<KernelResult, "rows">): string {
  const layers = rows.flatMap(({ title, uses, times: [time] }): Layer[] => {
    if (typeof time === "string") return [];
    const { name: family, colour } = familyOf(time.kernel);
    const name = `${time.kernel}, ${title}, limited by ${time.roofline.by}`;
    return [{ name, family, colour, share: time.roofline.ms / time.ms, ms: time.ms * uses }];
  });
  const families = FAMILY_NAMES.filter((name) => layers.some(({ family }) => family === name));
  const height = 24 + families.length * ROW + 44;
  const frame: Frame = { width: 640, height, left: 110, right: 24, top: 24, bottom: 44 };
  const ranges = plotRanges(frame);
  const x = linearScale(Math.max(1, ...layers.map(({ share }) => share)), ranges.x);
  const longest = Math.max(...layers.map(({ ms }) => ms));
  const lines = families.map((name, i) => {
    const y = frame.top + (i + 0.5) * ROW;
    const across = { class: "row", x1: ranges.x[0], x2: ranges.x[1], y1: y, y2: y };
    const dots = layers
      .filter(({ family }) => family === name)
      .map(({ name: layer, colour, share, ms }) =>
        element(
          "circle",
          {
            cx: x.at(share),
            cy: y,
            r: LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * Math.sqrt(ms / longest),
            class: `dot ${colour}`,
          },
          tooltip(`${layer}: ${percent(share)}`),
        ),
      );
    const text = { class: "name", "text-anchor": "end" };
    return element("line", across) + svgText(frame.left - 12, y + 4, name, text) + dots.join("");
  });
  return picture(
    frame,
    "Share of the roofline by layer",
    horizontalAxis(frame, { scale: x, label: "of its roofline", text: percent }) + lines.join(""),
  );
}
