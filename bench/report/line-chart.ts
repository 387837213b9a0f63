/** One curve through points, from zero. */
import { digits } from "../markdown.ts";
import { linearScale, tickText } from "./scale.ts";
import {
  element,
  type Frame,
  horizontalAxis,
  picture,
  plotRanges,
  polyline,
  tooltip,
  verticalAxis,
} from "./svg.ts";

const FRAME: Frame = { width: 400, height: 260, left: 52, right: 20, top: 30, bottom: 44 };

export interface Curve {
  readonly name: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export function lineChart({ name, xLabel, yLabel, colour, points }: Curve): string {
  const ranges = plotRanges(FRAME);
  const x = linearScale(Math.max(...points.map(([at]) => at)), ranges.x);
  const y = linearScale(Math.max(...points.map(([, height]) => height)), ranges.y);
  const places = points.map(([at, height]) => [x.at(at), y.at(height)] as const);
  const dots = points.map(([at, height], i) =>
    element(
      "circle",
      { cx: places[i][0], cy: places[i][1], r: 4, class: `dot ${colour}` },
      tooltip(`${xLabel} ${tickText(at)}: ${digits(height)} ${yLabel}`),
    ),
  );
  return picture(
    FRAME,
    name,
    verticalAxis(FRAME, { scale: y, label: yLabel }) +
      horizontalAxis(FRAME, { scale: x, label: xLabel }) +
      polyline(places, `curve ${colour}`) +
      dots.join(""),
  );
}
