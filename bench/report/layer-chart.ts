/** The time of each dispatch of a network, in order, as bars. */
import { digits } from "../markdown.ts";
import type { NetworkProfile } from "../profile.ts";
import { familyOf } from "./families.ts";
import { linearScale, tickText } from "./scale.ts";
import { element, type Frame, picture, plotRanges, svgText, tooltip, verticalAxis } from "./svg.ts";

const FRAME: Frame = { width: 640, height: 400, left: 52, right: 16, top: 30, bottom: 44 };

export function layerChart({ network, dispatches }: NetworkProfile): string {
  const ranges = plotRanges(FRAME);
  const us = dispatches.map(({ ms }) => ms * 1000);
  const most = Math.max(...us);
  const y = linearScale(most, ranges.y);
  const isLong = most > 5000;
  const text = (value: number): string => tickText(isLong ? value / 1000 : value);
  const step = (ranges.x[1] - ranges.x[0]) / dispatches.length;
  const bars = dispatches.map(({ label, kernel, macs }, i) => {
    const top = y.at(us[i]);
    const gap = Math.min(2, step * 0.2);
    return element(
      "rect",
      {
        x: ranges.x[0] + i * step + gap / 2,
        y: top,
        width: step - gap,
        height: Math.max(0.5, ranges.y[0] - top),
        class: `bar ${familyOf(kernel).colour}`,
      },
      tooltip(`${i}: ${label}\n${kernel}: ${digits(us[i])} us, ${digits(macs / 1e6)} MMAC`),
    );
  });
  const total = us.reduce((sum, each) => sum + each, 0) / 1000;
  const sum = `${dispatches.length} dispatches in order, ${digits(total)} ms together`;
  return picture(
    FRAME,
    `Time of each dispatch of ${network}`,
    verticalAxis(FRAME, { scale: y, label: isLong ? "ms" : "us", text }) +
      bars.join("") +
      svgText(ranges.x[1], ranges.y[0] + 20, sum, { class: "label", "text-anchor": "end" }),
  );
}
