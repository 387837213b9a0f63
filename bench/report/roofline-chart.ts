/** The roofline of an adapter with the dispatches of a network as points, on logarithmic axes. */
import type { DeviceFigures } from "../device/figures.ts";
import { digits } from "../markdown.ts";
import type { NetworkProfile } from "../profile.ts";
import { attainable } from "../roofline.ts";
import { familyOf } from "./families.ts";
import { logScale } from "./scale.ts";
import {
  element,
  type Frame,
  horizontalAxis,
  picture,
  plotRanges,
  polyline,
  svgText,
  tooltip,
  verticalAxis,
} from "./svg.ts";

const FRAME: Frame = { width: 640, height: 400, left: 52, right: 16, top: 30, bottom: 44 };

interface Point {
  readonly intensity: number;
  readonly gflops: number;
  readonly colour: string;
  readonly text: string;
}

export function rooflineChart(profile: NetworkProfile, figures: DeviceFigures): string {
  const points = profile.dispatches.filter(({ macs, ms }) => macs > 0 && ms > 0).map(pointOf);
  if (points.length === 0) return "";
  const { gflops, memoryGbPerSecond: bandwidth } = figures;
  const ranges = plotRanges(FRAME);
  const intensities = points.map(({ intensity }) => intensity);
  const ridge = gflops / bandwidth;
  const x = logScale(
    [Math.min(...intensities, ridge), Math.max(...intensities, ridge * 3)],
    ranges.x,
  );
  const heights = points.map((point) => point.gflops);
  const y = logScale([Math.min(...heights), Math.max(...heights, gflops)], ranges.y);
  const [first, last] = [x.ticks[0], x.ticks.at(-1)!];
  // The roof may come in from below the chart.
  const start = Math.max(first, y.ticks[0] / bandwidth);
  const roof = [start, ridge, last].map(
    (at) => [x.at(at), y.at(attainable(at, gflops, bandwidth))] as const,
  );
  const dots = points.map(({ intensity, gflops: height, colour, text }) =>
    element(
      "circle",
      { cx: x.at(intensity), cy: y.at(height), r: 4.5, class: `dot ${colour}` },
      tooltip(text),
    ),
  );
  return picture(
    FRAME,
    `Roofline of ${profile.network}`,
    verticalAxis(FRAME, { scale: y, label: "GFLOP/s" }) +
      horizontalAxis(FRAME, { scale: x, label: "operations a byte" }) +
      polyline(roof, "roof") +
      svgText(ranges.x[1] - 4, y.at(gflops) - 7, `${digits(gflops)} GFLOP/s from registers`, {
        class: "note",
        "text-anchor": "end",
      }) +
      bandwidthNote(
        bandwidth,
        [x.at(start), y.at(start * bandwidth)],
        [x.at(ridge), y.at(gflops)],
      ) +
      dots.join(""),
  );
}

type Place = readonly [x: number, y: number];

/** Along the slanted part of the roof, where it is long enough. */
function bandwidthNote(bandwidth: number, [x1, y1]: Place, [x2, y2]: Place): string {
  if (Math.hypot(x2 - x1, y2 - y1) < 130) return "";
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  const transform = `translate(${x.toFixed(1)} ${(y - 7).toFixed(1)}) rotate(${angle.toFixed(1)})`;
  const text = `${digits(bandwidth)} GB/s of memory`;
  return svgText(0, 0, text, { class: "note", "text-anchor": "middle", transform });
}

function pointOf({ label, kernel, ms, macs, bytes }: NetworkProfile["dispatches"][number]): Point {
  const intensity = (2 * macs) / bytes;
  const gflops = (2e-6 * macs) / ms;
  const text = `${label}\n${kernel}: ${digits(ms * 1000)} us, ${digits(gflops)} GFLOP/s, ${digits(intensity)} operations a byte`;
  return { intensity, gflops, text, colour: familyOf(kernel).colour };
}
